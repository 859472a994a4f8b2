package underlay

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// holder names the program that has a host port, on the address itself or on
// every address, as in "nginx (pid 123)". It is empty when the program cannot
// be seen: /proc shows the sockets of other users' programs, not whose they
// are.
func holder(network string, host netip.AddrPort) string {
	inodes := map[string]bool{}
	for _, file := range []string{"/proc/net/" + network, "/proc/net/" + network + "6"} {
		socketsAt(file, network, host, inodes)
	}
	if len(inodes) == 0 {
		return ""
	}
	procs, err := os.ReadDir("/proc")
	if err != nil {
		return ""
	}
	for _, p := range procs {
		if _, err := strconv.Atoi(p.Name()); err != nil {
			continue
		}
		if hasSocket(p.Name(), inodes) {
			name, _ := os.ReadFile(filepath.Join("/proc", p.Name(), "comm"))
			return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), p.Name())
		}
	}
	return ""
}

// socketsAt adds the inodes of the sockets of one /proc/net table that keep
// host from being bound: listeners (or any UDP socket) at the same port, on
// the address or on a wildcard.
func socketsAt(file, network string, host netip.AddrPort, inodes map[string]bool) {
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode
		col := strings.Fields(lines.Text())
		if len(col) < 10 || network == "tcp" && col[3] != "0A" {
			continue
		}
		addr, port, ok := strings.Cut(col[1], ":")
		if n, err := strconv.ParseUint(port, 16, 16); !ok || err != nil || uint16(n) != host.Port() {
			continue
		}
		if a, ok := procAddr(addr); ok && (a.IsUnspecified() || a.Unmap() == host.Addr()) {
			inodes["socket:["+col[9]+"]"] = true
		}
	}
}

// procAddr reads an address of /proc/net: 32-bit words in host byte order.
func procAddr(s string) (netip.Addr, bool) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw)%4 != 0 {
		return netip.Addr{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	return netip.AddrFromSlice(raw)
}

func hasSocket(pid string, inodes map[string]bool) bool {
	dir := filepath.Join("/proc", pid, "fd")
	fds, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, fd := range fds {
		if link, err := os.Readlink(filepath.Join(dir, fd.Name())); err == nil && inodes[link] {
			return true
		}
	}
	return false
}
