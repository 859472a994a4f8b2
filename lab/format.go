package lab

import (
	"strings"
	"sync"
)

// The nouns of a lab file with their keys. A key that must be there has a "!".
// What stands behind a key says what its value is: nothing, a text or a number
// read as one; "#" a number; "?" true or false; "*" a list of texts; "[noun]" a
// list of those; "{noun}" one of it; "<noun>" one of it for each name.
func nouns() map[string]string {
	return map[string]string{
		"lab":     "lab!# settings<> failed-zones* accounts[account] expect[expect]",
		"account": "login! name! english id domain-id administrator? demo? disabled? sub-accounts[sub] regions<region> projects[project] private-zones[zone]",
		"sub":     "login! name! english id demo? disabled?",

		"aliyun":   "vpcs[vpc] balancers[balancer] services[service] endpoints[endpoint]",
		"vpc":      "name! id cidr! description host? vswitches[vswitch] groups[group] instances[instance]",
		"vswitch":  "name! id zone! cidr! description",
		"group":    "name! id description default? template rules[rule]",
		"rule":     "id direction! policy priority# protocol! ports peer! description",
		"instance": "name! id vswitch! ip groups* program port# text running?",
		"balancer": "name id zone! backup-zone billing spec address network vpc vswitch flow ip listeners[listener] backends[backend]",
		"listener": "id name protocol! port!# backend-port!# scheduler idle# running? health{health}",
		"health":   "kind port# interval# timeout# healthy# unhealthy# path host codes*",
		"backend":  "instance! weight#",
		"service":  "key id auto-accept!? zone-affinity!? proxy-protocol description resources[resource] whitelist* owner-listed?",
		"resource": "zone! balancer! manual?",
		"endpoint": "name! id service deleted-service provider vpc! groups*! description zones![place] decision decided-by domain bandwidth#",
		"place":    "zone! vswitch! ip id resource disconnected? waiting?",

		"ctyun":          "acls[acl] vpcs[ctyun.vpc] idcs[idc] balancers[ctyun.balancer] services[ctyun.service] endpoints[ctyun.endpoint]",
		"acl":            "name! id description rules[aclrule]",
		"aclrule":        "id direction! action! protocol! source! source-ports destination! destination-ports description",
		"ctyun.vpc":      "name! id cidr! description host? vswitches[ctyun.vswitch] groups[group] instances[ctyun.instance]",
		"ctyun.vswitch":  "name! id zone! cidr! description acl",
		"ctyun.instance": "name! id vswitch! ip groups* program port# text running? nics[nic]",
		"nic":            "id vswitch! ip groups*",
		"idc":            "name! id link cidr! gateway vpc",
		"ctyun.balancer": "name id feature vpc! vswitch! ip listeners[listener] backends[backend]",
		"ctyun.service":  "key id name vpc! auto-accept!? proxy-protocol mappings![mapping] balancer instance nic whitelist*",
		"mapping":        "protocol! service-port!# port!#",
		"ctyun.endpoint": "key id service deleted-service provider vpc! vswitch! ip eni private-domain? decision decided-by domain",
		"project":        "name! id clusters[cluster] gateways[gateway] private-links[link]",
		"cluster":        "name! id region! plan port# built-in? public?",
		"gateway":        "region! key service accounts*",
		"link":           "id region! endpoint! consumer",
		"zone":           "name! id proxy!? remark vpcs* records[record]",
		"record":         "id host! type! value! priority# ttl# weight# remark paused?",
		"expect":         "from! endpoint zone instance balancer name address port!# protocol result!",
	}
}

// shape is what a value is.
type shape byte

const (
	isText   shape = 0
	isNumber shape = '#'
	isYesNo  shape = '?'
	isWords  shape = '*'
	isRows   shape = '['
	isOne    shape = '{'
	isDict   shape = '<'
)

type field struct {
	key  string
	is   shape
	of   string // noun
	must bool
}

// fields are the keys of every noun, in the order in which they are written.
var fields = sync.OnceValue(func() map[string][]field {
	out := map[string][]field{}
	for name, keys := range nouns() {
		for _, k := range strings.Fields(keys) {
			out[name] = append(out[name], readField(k))
		}
	}
	return out
})

func readField(k string) (f field) {
	if i := strings.IndexAny(k, "[{<"); i >= 0 {
		f.is, f.of = shape(k[i]), k[i+1:len(k)-1]
		k = k[:i]
	}
	for {
		switch last := k[len(k)-1]; last {
		case '!':
			f.must = true
		case '#', '?', '*':
			f.is = shape(last)
		default:
			f.key = k
			return f
		}
		k = k[:len(k)-1]
	}
}

func fieldOf(noun, key string) (field, bool) {
	for _, f := range fields()[noun] {
		if f.key == key {
			return f, true
		}
	}
	return field{}, false
}

// near is the word of a list that somebody probably meant, empty if none is
// like it.
func near(word string, list []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, w := range list {
		if d := distance(strings.ToLower(word), strings.ToLower(w), least); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance counts the letters to change, add, drop or swap with the next one to
// make one word of another; words whose lengths alone differ by most are that.
func distance(a, b string, most int) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 80 || len(y) > 80 || len(x)-len(y) >= most || len(y)-len(x) >= most {
		return most
	}
	var before []int
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		next := make([]int, len(y)+1)
		next[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			next[j+1] = min(row[j+1]+1, next[j]+1, row[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(y)]
}
