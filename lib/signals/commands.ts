/**
 * Unix programs that an intruder runs first or abuses, by purpose. {@linkcode COMMANDS} holds names
 * that are no ordinary words; {@linkcode COMMON_WORDS} holds those that are, which need more
 * evidence.
 */
export const COMMANDS = `
  bash dash zsh ksh csh tcsh fish ash busybox rbash pwsh powershell cmd
  ls cp mv rm ln dd cat tac nl od xxd hexdump tee awk gawk mawk sed grep egrep fgrep zgrep
  chmod chown chgrp chattr chroot mkdir rmdir mkfifo mknod mktemp mount umount unlink shred rsync
  wget curl fetch aria2c lynx links2 elinks lwp axel ftp tftp sftp scp ssh sshpass telnet
  nc ncat netcat socat nslookup dig ping ping6 traceroute tracepath nmap tcpdump arp
  ifconfig iptables ip6tables netstat ss route iwconfig ethtool resolvectl
  whoami uname hostname id getent finger lastlog lastb logname groups uptime dmesg lscpu lsblk lsof
  ps pstree pidof pgrep pkill kill killall top htop atop vmstat iostat nohup setsid strace ltrace perf
  crontab systemctl journalctl initctl rc-service chkconfig launchctl
  useradd usermod userdel adduser deluser groupadd passwd chpasswd chage visudo sudo sudoedit su doas pkexec
  tar gzip gunzip zcat bzip2 bunzip2 xz unxz zip unzip unrar 7z 7za cpio
  python python2 python3 perl php php5 php7 php8 ruby irb lua luajit node nodejs npm npx deno tclsh expect jjs jrunscript rlwrap
  gcc cc c89 c99 g++ clang tcc make cmake gdb ld as objdump nasm cpan cpanm pip pip3 easy_install gem composer bundle cargo
  apt apt-get aptitude dpkg yum dnf rpm zypper pacman apk snap brew
  docker kubectl podman crictl runc lxc lxd virsh vagrant ansible ansible-playbook chef knife puppet terraform aws gcloud az cscli
  git svn hg vi vim vimdiff nano ed emacs rvim view xargs env printenv touch pwd dir export unset alias eval exec
  base64 base32 uuencode uudecode openssl gpg md5sum sha1sum sha256sum cksum strings
  mysql mysqldump psql pg_dump sqlite3 mongo mongosh redis-cli
  tmux screen script ab rmt timeout stdbuf watch unshare nsenter capsh setcap getcap ionice taskset
`.trim().split(/\s+/).filter((word) => /^\w+$/.test(word));

export const COMMON_WORDS = `
  at cat find sort time set more less who date head tail last link links make nice host find echo
  file test read source type wait which whereis locate look look join cut paste split comm diff
  expand fold fmt rev seq shuf uniq wc tr yes install service start stop reboot shutdown halt
  history jobs bg fg trap times ulimit umask enable declare local let printf
  sh m4 pr ip nl tee sleep true false stat df du free mail write wall mesg login users
`.trim().split(/\s+/);
