package text

var searchWords = words{
	"search.title": {"搜索", "Search"},
}
