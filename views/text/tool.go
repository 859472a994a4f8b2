package text

// toolWords are what pages say about themselves and about the ways to use an
// address.
var toolWords = words{
	"outdated.now":    {"涵洞已换成新版本，这一页来自旧版本；填写的内容还在。", "Culvert has been replaced by a newer version. This page is from the older one; what you typed is still here."},
	"outdated.reload": {"重新打开本页", "Reload this page"},
}
