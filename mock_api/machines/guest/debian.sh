#!/bin/sh
# Run by mmdebstrap with the new Debian's folder ($1), after its packages: what a machine of the drill has
# besides.
set -e
cd "$1"
echo 'debian' > etc/hostname
echo 'classic-rescue drill: operating system' > etc/issue
echo '/dev/vda1 / ext4 errors=remount-ro 0 1' > etc/fstab
cat > etc/systemd/network/drill.network <<'END'
[Match]
Type=ether
[Network]
Address=10.0.2.15/24
Gateway=10.0.2.2
LinkLocalAddressing=no
IPv6AcceptRA=no
END
echo 'PermitRootLogin yes' > etc/ssh/sshd_config.d/drill.conf
# Those of the packages would be the same on each copy of the disk.
rm -f etc/ssh/ssh_host_*
mkdir -p etc/systemd/system/ssh.service.d
cat > etc/systemd/system/ssh.service.d/drill.conf <<'END'
[Service]
ExecStartPre=
ExecStartPre=/usr/bin/ssh-keygen -A
ExecStartPre=/usr/sbin/sshd -t
END
# The password that the service keeps for the device.
cat > etc/systemd/system/drill-password.service <<'END'
[Unit]
Before=ssh.service
[Service]
Type=oneshot
ExecStartPre=/sbin/modprobe qemu_fw_cfg
ExecStart=/bin/sh -c 'echo "root:$$(cat /sys/firmware/qemu_fw_cfg/by_name/opt/drill/password/raw)" | chpasswd'
[Install]
WantedBy=multi-user.target
END
chroot . systemctl --quiet enable systemd-networkd ssh drill-password serial-getty@ttyS0
chroot . systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer systemd-networkd-wait-online \
  e2scrub_all.timer e2scrub_reap fstrim.timer man-db.timer dpkg-db-backup.timer
mkdir -p boot/grub
cat > boot/grub/grub.cfg <<'END'
serial
terminal_output serial
linux /vmlinuz root=/dev/vda1 ro console=ttyS0 quiet panic=-1
initrd /initrd.img
boot
END
chroot . grub-mkimage -O i386-pc -o /boot/grub/core.img -p '(hd0,msdos1)/boot/grub' \
  biosdisk part_msdos ext2 normal linux serial
