package sqlite

import "culvert.internal/cloud"

// tables describes every noun once, when the file is opened.
type tables struct {
	settings       *table[cloud.Setting]
	zones          *table[cloud.Zone]
	accounts       *table[cloud.Account]
	vpcs           *table[cloud.VPC]
	vswitches      *table[cloud.VSwitch]
	securityGroups *table[cloud.SecurityGroup]
	securityRules  *table[cloud.SecurityRule]
	acls           *table[cloud.NetworkACL]
	aclRules       *table[cloud.ACLRule]
	instances      *table[cloud.Instance]
	nics           *table[cloud.NIC]
	idcs           *table[cloud.IDC]
	balancers      *table[cloud.Balancer]
	backends       *table[cloud.Backend]
	listeners      *table[cloud.Listener]
	services       *table[cloud.Service]
	resources      *table[cloud.Resource]
	grants         *table[cloud.Grant]
	tombstones     *table[cloud.Tombstone]
	privateZones   *table[cloud.PrivateZone]
	records        *table[cloud.Record]
	endpoints      *table[cloud.Endpoint]
	interfaces     *table[cloud.Interface]
	observations   *table[cloud.Observation]
	projects       *table[cloud.Project]
	clusters       *table[cloud.Cluster]
	privateLinks   *table[cloud.PrivateLink]
	linkForms      *table[cloud.LinkForm]
	moves          *table[cloud.Move]
	counters       *table[cloud.Counter]
	events         *table[cloud.Event]
	attempts       *table[cloud.Attempt]
	samples        *table[cloud.Sample]
	watches        *table[cloud.Watch]
}

func newTables() tables {
	return tables{
		settings:       settings(),
		zones:          zones(),
		accounts:       accounts(),
		vpcs:           vpcs(),
		vswitches:      vswitches(),
		securityGroups: securityGroups(),
		securityRules:  securityRules(),
		acls:           acls(),
		aclRules:       aclRules(),
		instances:      instances(),
		nics:           nics(),
		idcs:           idcs(),
		balancers:      balancers(),
		backends:       backends(),
		listeners:      listeners(),
		services:       services(),
		resources:      resources(),
		grants:         grants(),
		tombstones:     tombstones(),
		privateZones:   privateZones(),
		records:        records(),
		endpoints:      endpoints(),
		interfaces:     interfaces(),
		observations:   observations(),
		projects:       projects(),
		clusters:       clusters(),
		privateLinks:   privateLinks(),
		linkForms:      linkForms(),
		moves:          moves(),
		counters:       counters(),
		events:         events(),
		attempts:       attempts(),
		samples:        samples(),
		watches:        watches(),
	}
}

// in is all of them inside one transaction.
func (t *tables) in(x *tx) *cloud.Tx {
	return &cloud.Tx{
		Settings:       t.settings.in(x),
		Zones:          t.zones.in(x),
		Accounts:       t.accounts.in(x),
		VPCs:           t.vpcs.in(x),
		VSwitches:      t.vswitches.in(x),
		SecurityGroups: t.securityGroups.in(x),
		SecurityRules:  t.securityRules.in(x),
		ACLs:           t.acls.in(x),
		ACLRules:       t.aclRules.in(x),
		Instances:      t.instances.in(x),
		NICs:           t.nics.in(x),
		IDCs:           t.idcs.in(x),
		Balancers:      t.balancers.in(x),
		Backends:       t.backends.in(x),
		Listeners:      t.listeners.in(x),
		Services:       t.services.in(x),
		Resources:      t.resources.in(x),
		Grants:         t.grants.in(x),
		Tombstones:     t.tombstones.in(x),
		PrivateZones:   t.privateZones.in(x),
		Records:        t.records.in(x),
		Endpoints:      t.endpoints.in(x),
		Interfaces:     t.interfaces.in(x),
		Observations:   t.observations.in(x),
		Projects:       t.projects.in(x),
		Clusters:       t.clusters.in(x),
		PrivateLinks:   t.privateLinks.in(x),
		LinkForms:      t.linkForms.in(x),
		Moves:          t.moves.in(x),
		Counters:       t.counters.in(x),
		Events:         eventLog{t.events.in(x)},
		Attempts:       attemptLog{t.attempts.in(x)},
		Samples:        sampleLog{t.samples.in(x), t.watches.in(x)},
	}
}
