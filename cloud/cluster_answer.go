package cloud

import (
	"context"
	"strings"
)

// RecordAnswer is what a record of a private zone is an answer for, held
// against the private names of clusters.
type RecordAnswer struct {
	Name string // what it answers for, as it is written
	// Right are the clusters whose private name it answers for; Missed are those
	// it names without answering for them: each says its name and the two records
	// that would.
	Right, Missed []ClusterName
}

// AnswersFor says what a record answers for, from the name of its zone and its
// host record ("@", "www", "*"), and which of the clusters that helps. It is
// pure, and forbids nothing: the record resolves as it is written.
//
// The guide's own example, the zone in05-….ali-cn-hangzhou.vectordb.zilliz.com.cn
// with the host in05-…, answers for in05-….in05-….ali-cn-hangzhou…, which is no
// cluster's name.
func AnswersFor(zone, host string, clusters []ClusterName) RecordAnswer {
	zone = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(zone), "."))
	host = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(host), "."))
	a := RecordAnswer{Name: zone}
	if host != "@" && host != "" {
		a.Name = host + "." + zone
	}
	for _, k := range clusters {
		switch {
		case covers(a.Name, k.Host):
			a.Right = append(a.Right, k)
		case names(a.Name, k):
			a.Missed = append(a.Missed, k)
		}
	}
	return a
}

// covers says whether a record's name answers for a host.
func covers(name, host string) bool {
	host = strings.ToLower(host)
	if rest, ok := strings.CutPrefix(name, "*."); ok {
		return below(host, rest)
	}
	return name == host
}

// names says whether somebody who wrote the name meant the cluster: one of its
// labels is the cluster's ID or its prefix.
func names(name string, k ClusterName) bool {
	for _, label := range strings.Split(name, ".") {
		if label == strings.ToLower(k.Cluster) || label == strings.ToLower(k.Prefix) {
			return true
		}
	}
	return false
}

// ClusterNames answers the private names of the account's clusters, of every
// project and region, oldest first.
func (c *Caller) ClusterNames(ctx context.Context) ([]ClusterName, error) {
	var out []ClusterName
	err := c.read(ctx, func(tx *Tx) error {
		list, err := tx.Clusters.List(Where{"account": c.account.ID})
		out = nil
		for _, k := range list {
			out = append(out, k.clusterName())
		}
		return err
	})
	return out, err
}

// MissedRecord is a record that names a cluster and is no answer for it, with
// the zone it is in.
type MissedRecord struct {
	Zone   PrivateZone
	Record Record
	Answer RecordAnswer
}

// missedRecords are the records of the zones in force in a VPC that miss the
// cluster.
func missedRecords(tx *Tx, vpc string, k ClusterName) ([]MissedRecord, error) {
	zones, err := boundTo(tx, vpc)
	if err != nil {
		return nil, err
	}
	var out []MissedRecord
	for _, z := range zones {
		records, err := tx.Records.List(Where{"zone": z.ID, "paused": false})
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if a := AnswersFor(z.Name, r.Host, []ClusterName{k}); len(a.Missed) > 0 {
				out = append(out, MissedRecord{z, r, a})
			}
		}
	}
	return out, nil
}

// NameTrap is why a cluster's name that somebody looks up in a VPC has no
// answer there: the cluster that was meant, and the records that were
// made for it and miss it. Cluster is empty when the name means none of the
// account's clusters.
type NameTrap struct {
	ClusterName
	Asked  RecordAnswer // what was looked up, as a record of that name
	Missed []MissedRecord
}

// NameTrap reads it off a name that was looked up in one of the account's VPCs.
func (c *Caller) NameTrap(ctx context.Context, vpc, name string) (NameTrap, error) {
	var t NameTrap
	clusters, err := c.ClusterNames(ctx)
	if err != nil {
		return t, err
	}
	t.Asked = AnswersFor(name, "@", clusters)
	for _, k := range append(t.Asked.Right, t.Asked.Missed...) {
		t.ClusterName = k
	}
	if t.Cluster == "" {
		return t, nil
	}
	err = c.read(ctx, func(tx *Tx) error {
		if _, err := c.vpc(tx, vpc); err != nil {
			return err
		}
		t.Missed, err = missedRecords(tx, vpc, t.ClusterName)
		return err
	})
	return t, err
}
