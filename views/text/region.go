package text

// Regions and zones (COM-11). "zone.ID" is the zone as the endpoint pages call
// it, "zone.clb.ID" as the CLB purchase page of [001] does, "zone.short.ID"
// as it is called where its region is already clear.
var regionWords = words{
	"cloud.aliyun": {"阿里云", "Alibaba Cloud"},
	"cloud.ctyun":  {"天翼云", "Tianyi Cloud"},

	"region.eu-central-1": {"德国（法兰克福）", "Germany (Frankfurt)"},
	"region.cn-hangzhou":  {"华东 1（杭州）", "China (Hangzhou)"},
	"region.cn-beijing":   {"华北 2（北京）", "China (Beijing)"},
	"region.cn-shenzhen":  {"华南 1（深圳）", "China (Shenzhen)"},
	"region.cn-gz4":       {"广州 4", "Guangzhou 4"},

	"zone.eu-central-1a": {"法兰克福 可用区 A", "Frankfurt Zone A"},
	"zone.eu-central-1b": {"法兰克福 可用区 B", "Frankfurt Zone B"},
	"zone.cn-hangzhou-h": {"杭州 可用区 H", "Hangzhou Zone H"},
	"zone.cn-hangzhou-j": {"杭州 可用区 J", "Hangzhou Zone J"},
	"zone.cn-hangzhou-k": {"杭州 可用区 K", "Hangzhou Zone K"},
	"zone.cn-beijing-g":  {"北京 可用区 G", "Beijing Zone G"},
	"zone.cn-beijing-h":  {"北京 可用区 H", "Beijing Zone H"},
	"zone.cn-beijing-i":  {"北京 可用区 I", "Beijing Zone I"},
	"zone.cn-shenzhen-d": {"深圳 可用区 D", "Shenzhen Zone D"},
	"zone.cn-shenzhen-e": {"深圳 可用区 E", "Shenzhen Zone E"},
	"zone.cn-shenzhen-f": {"深圳 可用区 F", "Shenzhen Zone F"},
	"zone.cn-gz4a":       {"广州 4 可用区 1", "Guangzhou 4 Zone 1"},
	"zone.cn-gz4b":       {"广州 4 可用区 2", "Guangzhou 4 Zone 2"},

	"zone.clb.eu-central-1a": {"欧洲中部 1 可用区 A", "Europe Central 1 Zone A"},
	"zone.clb.eu-central-1b": {"欧洲中部 1 可用区 B", "Europe Central 1 Zone B"},
	"zone.clb.cn-hangzhou-h": {"华东 1 可用区 H", "China East 1 Zone H"},
	"zone.clb.cn-hangzhou-j": {"华东 1 可用区 J", "China East 1 Zone J"},
	"zone.clb.cn-hangzhou-k": {"华东 1 可用区 K", "China East 1 Zone K"},
	"zone.clb.cn-beijing-g":  {"华北 2 可用区 G", "China North 2 Zone G"},
	"zone.clb.cn-beijing-h":  {"华北 2 可用区 H", "China North 2 Zone H"},
	"zone.clb.cn-beijing-i":  {"华北 2 可用区 I", "China North 2 Zone I"},
	"zone.clb.cn-shenzhen-d": {"华南 1 可用区 D", "China South 1 Zone D"},
	"zone.clb.cn-shenzhen-e": {"华南 1 可用区 E", "China South 1 Zone E"},
	"zone.clb.cn-shenzhen-f": {"华南 1 可用区 F", "China South 1 Zone F"},
	"zone.clb.cn-gz4a":       {"广州 4 可用区 1", "Guangzhou 4 Zone 1"},
	"zone.clb.cn-gz4b":       {"广州 4 可用区 2", "Guangzhou 4 Zone 2"},

	"zone.short.eu-central-1a": {"可用区 A", "Zone A"},
	"zone.short.eu-central-1b": {"可用区 B", "Zone B"},
	"zone.short.cn-hangzhou-h": {"可用区 H", "Zone H"},
	"zone.short.cn-hangzhou-j": {"可用区 J", "Zone J"},
	"zone.short.cn-hangzhou-k": {"可用区 K", "Zone K"},
	"zone.short.cn-beijing-g":  {"可用区 G", "Zone G"},
	"zone.short.cn-beijing-h":  {"可用区 H", "Zone H"},
	"zone.short.cn-beijing-i":  {"可用区 I", "Zone I"},
	"zone.short.cn-shenzhen-d": {"可用区 D", "Zone D"},
	"zone.short.cn-shenzhen-e": {"可用区 E", "Zone E"},
	"zone.short.cn-shenzhen-f": {"可用区 F", "Zone F"},
	"zone.short.cn-gz4a":       {"可用区 1", "Zone 1"},
	"zone.short.cn-gz4b":       {"可用区 2", "Zone 2"},
}
