package webfetch

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestPublic(t *testing.T) {
	public := `1.0.0.0 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
		169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255
		198.20.0.0 223.255.255.255 2606:4700:4700::1111 2001:200::1 2001:4860:4860::8888 ::ffff:8.8.8.8 64:ff9b::8.8.8.8
		2002:808:808::1 2001:0:808:808::f7f7:f7f7 2000::1 2400::1 2a00::1 3ffe:ffff::1 168.63.129.15 168.63.129.17`
	for s := range strings.FieldsSeq(public) {
		if !Public(netip.MustParseAddr(s)) {
			t.Errorf("%s is refused", s)
		}
	}
	special := `0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255 169.254.0.0
		169.254.169.254 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.9 192.0.0.170 192.0.0.255 192.0.2.255 192.31.196.1
		192.52.193.1 192.88.99.1 168.63.129.16 192.168.0.0 192.168.255.255 192.175.48.1 198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.1
		224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255
		:: ::1 ::2 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1
		64:ff9b::a9fe:a9fe 64:ff9b:1::808:808 64:ff9b:1:ffff::1 100::1 100:0:0:1::1 2001:1::1 2001:2::1 2001:3::1 2001:10::1
		2001:20::1 2001:1ff::1 2001:db8::1 2620:4f:8000::1 3fff::1 3fff:fff::1 5f00::1 fc00::1 fdff::1 fe80::1 febf::1 fec0::1
		feff::1 ff02::1 2002:7f00:1:: 2002:c0a8:1::1 2002:a9fe:a9fe:: 2001:0:7f00:1::f7f7:f7f7 2001:0:808:808::80ff:fffe
		::8.8.8.8 ::ffff:0:8.8.8.8 100::8.8.8.8 1fff:ffff::1 4000::1 8000::1 fbff::1 fe00::1 64:ff9b::168.63.129.16 ::ffff:168.63.129.16
		2002:a83f:8110::1 fe80::1%eth0 ::1%lo`
	for s := range strings.FieldsSeq(special) {
		if Public(netip.MustParseAddr(s)) {
			t.Errorf("%s is allowed", s)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("the zero address is allowed")
	}
}

func TestOwnAddress(t *testing.T) {
	ours := netip.MustParseAddr("8.8.8.8")
	g := newGuard(Options{})
	g.own.asked, g.own.present = time.Now(), map[netip.Addr]bool{ours: true}
	if err := g.judge(ours, "name.test"); err == nil {
		t.Error("an address of this machine is allowed")
	}
	if err := g.judge(netip.MustParseAddr("::ffff:8.8.8.8"), ""); err == nil {
		t.Error("an address of this machine is allowed when it is mapped")
	}
	if err := g.judge(netip.MustParseAddr("8.8.4.4"), ""); err != nil {
		t.Error(err)
	}
	if g := newGuard(Options{}); !g.own.has(netip.MustParseAddr("127.0.0.1")) {
		t.Error("the kernel's list has no loopback address")
	}
}
