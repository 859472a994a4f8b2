package storetest

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"regexp"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// random draws a value of any type that a noun is made of.
func random(t *rapid.T, typ reflect.Type, label string) reflect.Value {
	switch typ {
	case reflect.TypeFor[time.Time]():
		us := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(-1<<50, 1<<51)).Draw(t, label)
		if us == 0 {
			return reflect.ValueOf(time.Time{})
		}
		return reflect.ValueOf(time.UnixMicro(us).UTC())
	case reflect.TypeFor[netip.Addr]():
		return reflect.ValueOf(randomAddr(t, label))
	case reflect.TypeFor[netip.Prefix]():
		a := randomAddr(t, label)
		if !a.IsValid() {
			return reflect.ValueOf(netip.Prefix{})
		}
		return reflect.ValueOf(netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, label+" bits")))
	case reflect.TypeFor[netip.AddrPort]():
		a := randomAddr(t, label)
		if !a.IsValid() {
			return reflect.ValueOf(netip.AddrPort{})
		}
		return reflect.ValueOf(netip.AddrPortFrom(a, rapid.Uint16().Draw(t, label+" port")))
	case reflect.TypeFor[json.RawMessage]():
		return reflect.ValueOf(json.RawMessage(rapid.SampledFrom([]string{`null`, `{"a":"甲"}`, `[1, 2]`}).Draw(t, label)))
	}
	v := reflect.New(typ).Elem()
	switch typ.Kind() {
	case reflect.String:
		v.SetString(randomText(t, label))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, label))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, label))
	case reflect.Uint16:
		v.SetUint(uint64(rapid.Uint16().Draw(t, label)))
	case reflect.Slice:
		if n := rapid.IntRange(-1, 3).Draw(t, label+" length"); n >= 0 { // -1: nil
			v.Set(reflect.MakeSlice(typ, n, n))
			for i := range n {
				v.Index(i).Set(random(t, typ.Elem(), label))
			}
		}
	case reflect.Map:
		if n := rapid.IntRange(-1, 2).Draw(t, label+" length"); n >= 0 {
			v.Set(reflect.MakeMap(typ))
			for range n {
				v.SetMapIndex(random(t, typ.Key(), label), random(t, typ.Elem(), label))
			}
		}
	case reflect.Struct:
		for i := range typ.NumField() {
			v.Field(i).Set(random(t, typ.Field(i).Type, label+"."+typ.Field(i).Name))
		}
	default:
		panic(fmt.Sprintf("storetest: teach random about %s (%s)", typ, label))
	}
	return v
}

func randomAddr(t *rapid.T, label string) netip.Addr {
	return rapid.SampledFrom([]netip.Addr{
		{},
		netip.MustParseAddr("10.10.2.1"),
		netip.MustParseAddr("192.168.24.200"),
		netip.MustParseAddr("0.0.0.0"),
		netip.MustParseAddr("fd00::1"),
	}).Draw(t, label)
}

// randomText is seldom friendly.
func randomText(t *rapid.T, label string) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "a", "法兰克福", `'; DROP TABLE vpc; --`, `"id"`, "%", "NULL", "null", "0", "1e3", " x ", "\n"}),
		rapid.StringN(0, 12, -1),
	).Draw(t, label)
}

var (
	humps   = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	acronym = regexp.MustCompile(`([A-Z]+)([A-Z][a-z])`)
)

// column is the name a field has in a cloud.Where: VPC is "vpc", VSwitch
// "vswitch", VPCs "vpcs", PortFrom "port_from", IPVersion "ip_version".
func column(field string) string {
	s := strings.NewReplacer("VSwitch", "Vswitch", "VPCs", "Vpcs").Replace(field)
	s = humps.ReplaceAllString(s, "${1}_${2}")
	s = acronym.ReplaceAllString(s, "${1}_${2}")
	return strings.ToLower(s)
}
