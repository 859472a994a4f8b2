package ui

import (
	"strings"

	"github.com/a-h/templ"

	"culvert.internal/static"
)

// archClass colours the arch: behind a stop that is Bad the arch itself lets
// everything through.
func archClass(k Kind) string {
	if k == Bad {
		return OK.class()
	}
	return k.class()
}

func archMark(k Kind) templ.Component {
	name := k.icon()
	if k == OK || k == Bad {
		name = "check"
	}
	return templ.Raw(`<use class="d-glyph" href="` + static.Path("icons.svg") + "#i-" + name + `" x="123" y="16" width="14" height="14"></use>`)
}

// termLine writes one line; written here because a template's own line breaks
// would show inside <pre>.
func termLine(l Line) templ.Component {
	text := templ.EscapeString(strings.TrimSuffix(l.Text, "\n"))
	tag := ""
	switch {
	case l.Command:
		tag = "b"
	case l.Kind == OK:
		tag = "u"
	case l.Kind == Bad:
		tag = "s"
	case l.Kind == Off:
		tag = "i"
	}
	if tag != "" {
		text = "<" + tag + ">" + text + "</" + tag + ">"
	}
	if l.Prompt != "" {
		text = "<i>" + templ.EscapeString(l.Prompt) + "</i> " + text
	}
	return templ.Raw(text + "\n")
}

func bannerIcon(k Kind) string {
	if k == Off || k == "" {
		return "info"
	}
	return k.icon()
}
