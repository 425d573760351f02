"""The constructs: the boot state of classic devices in a CDK for Terraform app."""

from classic_rescue.boot.ssh import Login, SshAccess
from classic_rescue.boot.states import DeviceRef, NoOsEnvironment, Order
from classic_rescue.stack._cdk import App
from classic_rescue.stack.boot_states import BootStates
from classic_rescue.stack.devices import (
    DeviceProps,
    ImageBoot,
    OperatingSystem,
    RescueKernel,
    hardware,
    hostname,
    ip,
    repair,
    virtual_guest,
)
from classic_rescue.stack.fleet_stack import BootStateStack

__all__ = [
    "App",
    "BootStateStack",
    "BootStates",
    "DeviceProps",
    "DeviceRef",
    "ImageBoot",
    "Login",
    "NoOsEnvironment",
    "OperatingSystem",
    "Order",
    "RescueKernel",
    "SshAccess",
    "hardware",
    "hostname",
    "ip",
    "repair",
    "virtual_guest",
]
