package text

import (
	"fmt"
	"sync"
)

// word is one text in both languages.
type word struct{ zh, en string }

type words map[string]word

// nouns lists the files of the catalogue.
func nouns() []words {
	return []words{
		sharedWords, loginWords, homeWords, accountWords, regionWords, errorWords,
		vpcWords, vswitchWords, groupWords, aclWords, instanceWords, nicWords, idcWords, clbWords, listenerWords,
		serviceWords, limitWords, mappingWords, ctyunEndpointWords, connectionWords, endpointWords, whyWords, resolveWords, reachWords, attemptWords, eventWords,
		terminalWords, topologyWords, toolWords, chartWords, browserWords, changedWords, adminWords,
		listWords, searchWords, guideWords, zillizGuideWords, helpWords, provideWords, zillizWords,
		privateZoneWords, recordWords, zillizEngineWords, zoneWords, labWords,
	}
}

// catalogue is every text by its key, merged once.
var catalogue = sync.OnceValue(func() words {
	all, _ := merge(nouns())
	return all
})

// merge joins the files and names the keys that two of them hold.
func merge(parts []words) (all words, twice []string) {
	all = words{}
	for _, part := range parts {
		for key, w := range part {
			if _, taken := all[key]; taken {
				twice = append(twice, fmt.Sprintf("%s (%s)", key, w.zh))
			}
			all[key] = w
		}
	}
	return all, twice
}
