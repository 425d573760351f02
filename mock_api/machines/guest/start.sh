# Sourced by every /init of the drill's images: devices, modules, network.
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
for order in /modules/order*; do
  while read -r module; do insmod "/modules/$module"; done < "$order"
done

# The password that the service keeps for the device, as a line of /etc/shadow.
shadow() {
  hash=$(mkpasswd -P 0 -m sha512 < /sys/firmware/qemu_fw_cfg/by_name/opt/drill/password/raw)
  printf 'root:%s:19000:0:99999:7:::\n' "${hash:-*}"
}

network() {
  ip link set lo up
  ip addr add 10.0.2.15/24 dev eth0
  ip link set eth0 up
  ip route add default via 10.0.2.2
  mkdir -p /dev/pts
  mount -t devpts pts /dev/pts
}
