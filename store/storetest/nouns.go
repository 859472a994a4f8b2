package storetest

import (
	"fmt"
	"net/netip"
	"testing"

	"culvert.internal/cloud"
)

// subject is one noun's table under test, whatever its type.
type subject interface {
	name() string
	columns(*testing.T, cloud.Store)
	refusals(*testing.T, cloud.Store)
	model(*testing.T, cloud.Store)
}

// rows is how many rows of a noun a test keeps at most; each has a number.
const rows = 6

// kind is a noun: its table, and what a random value of it needs to be stored
// as row n: its key, references to rows of the seed and unique columns.
type kind[T any] struct {
	title string
	table func(*cloud.Tx) cloud.Table[T]
	fix   func(v *T, n int)
}

func (k kind[T]) name() string { return k.title }

// parent is the ID of a seeded row; two of each noun are there.
func parent(noun string, n int) string { return fmt.Sprintf("%s-%d", noun, n%2) }

// host is a different address for every n; 172.31 is used by the seed only.
func host(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, 1, 2, byte(n)}) }

func kinds() []subject {
	return []subject{
		kind[cloud.Setting]{"setting", func(tx *cloud.Tx) cloud.Table[cloud.Setting] { return tx.Settings }, func(v *cloud.Setting, n int) {
			v.ID = id(n)
		}},
		kind[cloud.Zone]{"zone", func(tx *cloud.Tx) cloud.Table[cloud.Zone] { return tx.Zones }, func(v *cloud.Zone, n int) {
			v.ID = id(n)
		}},
		kind[cloud.Account]{"account", func(tx *cloud.Tx) cloud.Table[cloud.Account] { return tx.Accounts }, func(v *cloud.Account, n int) {
			v.ID, v.Login = id(n), id(n)
		}},
		kind[cloud.VPC]{"vpc", func(tx *cloud.Tx) cloud.Table[cloud.VPC] { return tx.VPCs }, func(v *cloud.VPC, n int) {
			v.ID, v.Account, v.Resolver = id(n), parent("account", n), host(n)
		}},
		kind[cloud.VSwitch]{"vswitch", func(tx *cloud.Tx) cloud.Table[cloud.VSwitch] { return tx.VSwitches }, func(v *cloud.VSwitch, n int) {
			v.ID, v.Account, v.VPC, v.Twin = id(n), parent("account", n), parent("vpc", n), netip.PrefixFrom(host(n), 32)
			if v.ACL != "" {
				v.ACL = parent("acl", n)
			}
		}},
		kind[cloud.NetworkACL]{"network ACL", func(tx *cloud.Tx) cloud.Table[cloud.NetworkACL] { return tx.ACLs }, func(v *cloud.NetworkACL, n int) {
			v.ID, v.Account = id(n), parent("account", n)
		}},
		kind[cloud.ACLRule]{"ACL rule", func(tx *cloud.Tx) cloud.Table[cloud.ACLRule] { return tx.ACLRules }, func(v *cloud.ACLRule, n int) {
			v.ID, v.Account, v.ACL = id(n), parent("account", n), parent("acl", n)
		}},
		kind[cloud.SecurityGroup]{"security group", func(tx *cloud.Tx) cloud.Table[cloud.SecurityGroup] { return tx.SecurityGroups }, func(v *cloud.SecurityGroup, n int) {
			v.ID, v.Account, v.VPC = id(n), parent("account", n), parent("vpc", n)
		}},
		kind[cloud.SecurityRule]{"security rule", func(tx *cloud.Tx) cloud.Table[cloud.SecurityRule] { return tx.SecurityRules }, func(v *cloud.SecurityRule, n int) {
			v.ID, v.Account, v.Group = id(n), parent("account", n), parent("group", n)
			if v.PeerGroup != "" {
				v.PeerGroup = parent("group", n+1)
			}
		}},
		kind[cloud.Instance]{"instance", func(tx *cloud.Tx) cloud.Table[cloud.Instance] { return tx.Instances }, func(v *cloud.Instance, n int) {
			v.ID, v.Account, v.VPC, v.VSwitch = id(n), parent("account", n), parent("vpc", n), parent("vswitch", n)
			v.IP, v.Door = host(n), host(n)
		}},
		kind[cloud.NIC]{"nic", func(tx *cloud.Tx) cloud.Table[cloud.NIC] { return tx.NICs }, func(v *cloud.NIC, n int) {
			v.ID, v.Account, v.Instance = id(n), parent("account", n), parent("instance", n)
			v.VPC, v.VSwitch, v.IP = parent("vpc", n), parent("vswitch", n), host(n)
		}},
		kind[cloud.IDC]{"idc", func(tx *cloud.Tx) cloud.Table[cloud.IDC] { return tx.IDCs }, func(v *cloud.IDC, n int) {
			v.ID, v.Account, v.Twin = id(n), parent("account", n), netip.PrefixFrom(host(n), 32)
			if v.VPC != "" {
				v.VPC = parent("vpc", n)
			}
		}},
		kind[cloud.Balancer]{"balancer", func(tx *cloud.Tx) cloud.Table[cloud.Balancer] { return tx.Balancers }, func(v *cloud.Balancer, n int) {
			v.ID, v.Account = id(n), parent("account", n)
			if v.IP = host(n); v.VPC == "" { // on the Internet
				v.VSwitch, v.IP = "", netip.Addr{}
				return
			}
			v.VPC, v.VSwitch = parent("vpc", n), parent("vswitch", n)
		}},
		kind[cloud.Backend]{"backend", func(tx *cloud.Tx) cloud.Table[cloud.Backend] { return tx.Backends }, func(v *cloud.Backend, n int) {
			v.ID, v.Account, v.Balancer, v.Instance = id(n), parent("account", n), parent("balancer", n), fmt.Sprintf("instance-%d", n)
		}},
		kind[cloud.Listener]{"listener", func(tx *cloud.Tx) cloud.Table[cloud.Listener] { return tx.Listeners }, func(v *cloud.Listener, n int) {
			v.ID, v.Account, v.Balancer, v.Port = id(n), parent("account", n), parent("balancer", n), uint16(80+n)
		}},
		kind[cloud.Service]{"service", func(tx *cloud.Tx) cloud.Table[cloud.Service] { return tx.Services }, func(v *cloud.Service, n int) {
			v.ID, v.Account, v.Name = id(n), parent("account", n), "com.aliyuncs.privatelink."+id(n)
			if v.VPC != "" {
				v.VPC = parent("vpc", n)
			}
		}},
		kind[cloud.Resource]{"resource", func(tx *cloud.Tx) cloud.Table[cloud.Resource] { return tx.Resources }, func(v *cloud.Resource, n int) {
			v.ID, v.Account, v.Service = id(n), parent("account", n), parent("service", n)
			if v.Balancer != "" {
				v.Balancer = parent("balancer", n)
			}
			if v.Instance != "" {
				v.Instance = parent("instance", n)
			}
		}},
		kind[cloud.Grant]{"grant", func(tx *cloud.Tx) cloud.Table[cloud.Grant] { return tx.Grants }, func(v *cloud.Grant, n int) {
			v.ID, v.Account, v.Service, v.Grantee = id(n), parent("account", n), parent("service", n), id(n)
		}},
		kind[cloud.Tombstone]{"tombstone", func(tx *cloud.Tx) cloud.Table[cloud.Tombstone] { return tx.Tombstones }, func(v *cloud.Tombstone, n int) {
			v.ID, v.Account = id(n), parent("account", n)
		}},
		kind[cloud.PrivateZone]{"private zone", func(tx *cloud.Tx) cloud.Table[cloud.PrivateZone] { return tx.PrivateZones }, func(v *cloud.PrivateZone, n int) {
			v.ID, v.Account = id(n), parent("account", n)
		}},
		kind[cloud.Record]{"record", func(tx *cloud.Tx) cloud.Table[cloud.Record] { return tx.Records }, func(v *cloud.Record, n int) {
			v.ID, v.Account, v.Zone = id(n), parent("account", n), parent("zone", n)
		}},
		kind[cloud.Endpoint]{"endpoint", func(tx *cloud.Tx) cloud.Table[cloud.Endpoint] { return tx.Endpoints }, func(v *cloud.Endpoint, n int) {
			v.ID, v.Account, v.Provider, v.VPC = id(n), parent("account", n), parent("account", n+1), parent("vpc", n)
		}},
		kind[cloud.Interface]{"interface", func(tx *cloud.Tx) cloud.Table[cloud.Interface] { return tx.Interfaces }, func(v *cloud.Interface, n int) {
			v.ID, v.Account, v.Provider, v.Endpoint = id(n), parent("account", n), parent("account", n+1), parent("endpoint", n)
			v.VPC, v.VSwitch, v.IP = parent("vpc", n), parent("vswitch", n), host(n)
			if v.Resource != "" {
				v.Resource = parent("resource", n)
			}
		}},
		kind[cloud.Observation]{"observation", func(tx *cloud.Tx) cloud.Table[cloud.Observation] { return tx.Observations }, func(v *cloud.Observation, n int) {
			v.ID = id(n)
		}},
		kind[cloud.Project]{"project", func(tx *cloud.Tx) cloud.Table[cloud.Project] { return tx.Projects }, func(v *cloud.Project, n int) {
			v.ID, v.Account, v.Name = id(n), parent("account", n), id(n)
		}},
		kind[cloud.Cluster]{"cluster", func(tx *cloud.Tx) cloud.Table[cloud.Cluster] { return tx.Clusters }, func(v *cloud.Cluster, n int) {
			v.ID, v.Account, v.Project = id(n), parent("account", n), parent("project", n)
			v.Instance, v.Service, v.Port = parent("instance", n), parent("service", n), uint16(19530+n)
		}},
		kind[cloud.PrivateLink]{"private link", func(tx *cloud.Tx) cloud.Table[cloud.PrivateLink] { return tx.PrivateLinks }, func(v *cloud.PrivateLink, n int) {
			v.ID, v.Account, v.Project = id(n), parent("account", n), parent("project", n)
			v.Service, v.Endpoint, v.Consumer = parent("service", n), id(n), parent("account", n+1)
		}},
		kind[cloud.LinkForm]{"link form", func(tx *cloud.Tx) cloud.Table[cloud.LinkForm] { return tx.LinkForms }, func(v *cloud.LinkForm, n int) {
			v.ID, v.Account, v.Project = id(n), parent("account", n), parent("project", n)
		}},
		kind[cloud.Move]{"move", func(tx *cloud.Tx) cloud.Table[cloud.Move] { return tx.Moves }, func(v *cloud.Move, n int) {
			v.ID, v.VPC = id(n), parent("vpc", n)
		}},
		kind[cloud.Counter]{"counter", func(tx *cloud.Tx) cloud.Table[cloud.Counter] { return tx.Counters }, func(v *cloud.Counter, n int) {
			v.ID = id(n)
		}},
	}
}

// id is the key of row n under test. Later rows come first in the alphabet, so
// that the order of creation cannot pass for the order of keys.
func id(n int) string { return fmt.Sprintf("row %c", 'z'-n) }

// seed stores the rows that rows under test refer to.
func seed(t testing.TB, s cloud.Store) {
	t.Helper()
	write(t, s, func(tx *cloud.Tx) error {
		for n := range rows {
			if err := seedRow(tx, n); err != nil {
				return err
			}
		}
		return nil
	})
}

func seedRow(tx *cloud.Tx, n int) error {
	own := func(noun string) string { return fmt.Sprintf("%s-%d", noun, n) }
	at := netip.AddrFrom4([4]byte{172, 31, 0, byte(n)})
	account, vpc, vswitch := own("account"), own("vpc"), own("vswitch")
	for _, err := range []error{
		tx.Accounts.Put(cloud.Account{ID: account, Login: account, Name: "Name of " + account}),
		tx.VPCs.Put(cloud.VPC{ID: vpc, Name: "Name of " + vpc, Account: account, Resolver: at}),
		tx.VSwitches.Put(cloud.VSwitch{ID: vswitch, Name: "Name of " + vswitch, Account: account, VPC: vpc, Twin: netip.PrefixFrom(at, 32)}),
		tx.SecurityGroups.Put(cloud.SecurityGroup{ID: own("group"), Name: "Name of " + own("group"), Account: account, VPC: vpc}),
		tx.ACLs.Put(cloud.NetworkACL{ID: own("acl"), Name: "Name of " + own("acl"), Account: account}),
		tx.Instances.Put(cloud.Instance{ID: own("instance"), Name: "Name of " + own("instance"), Account: account, VPC: vpc, VSwitch: vswitch, IP: at, Door: at}),
		tx.Balancers.Put(cloud.Balancer{ID: own("balancer"), Name: "Name of " + own("balancer"), Account: account, VPC: vpc, VSwitch: vswitch, IP: at}),
		tx.Services.Put(cloud.Service{ID: own("service"), Account: account, Name: "Name of " + own("service")}),
		tx.Resources.Put(cloud.Resource{ID: own("resource"), Account: account, Service: own("service"), Balancer: own("balancer")}),
		tx.PrivateZones.Put(cloud.PrivateZone{ID: own("zone"), Account: account, Name: own("zone") + ".example"}),
		tx.Projects.Put(cloud.Project{ID: own("project"), Name: "Name of " + own("project"), Account: account}),
		tx.Endpoints.Put(cloud.Endpoint{ID: own("endpoint"), Name: "Name of " + own("endpoint"), Account: account, Provider: account, VPC: vpc}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}
