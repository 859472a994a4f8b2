package browser

import (
	"bytes"
	"mime"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decoderOf puts what has a charset's label into UTF-8; name is the charset's
// in the Encoding Standard. It is nil for charsets that are left to the
// reader's browser: that knows all of them, and their tables would be half a
// megabyte here.
func decoderOf(label string) (name string, decoder transform.Transformer) {
	switch strings.ToLower(strings.TrimSpace(label)) {
	case "utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8":
		return "utf-8", transform.Nop
	case "gbk", "gb2312", "gb_2312", "gb_2312-80", "x-gbk", "chinese", "csgb2312", "csiso58gb231280", "iso-ir-58":
		return "gbk", simplifiedchinese.GBK.NewDecoder()
	case "gb18030":
		return "gb18030", simplifiedchinese.GB18030.NewDecoder()
	case "windows-1252", "cp1252", "x-cp1252", "iso-8859-1", "iso8859-1", "iso88591", "iso_8859-1", "iso_8859-1:1987", "iso-ir-100",
		"csisolatin1", "latin1", "l1", "cp819", "ibm819", "ascii", "us-ascii", "ansi_x3.4-1968":
		return "windows-1252", latin1{}
	case "utf-16", "utf-16le", "unicode", "ucs-2", "iso-10646-ucs-2", "csunicode", "unicodefeff":
		return "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
	case "utf-16be", "unicodefffe":
		return "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()
	}
	return "", nil
}

// byteOrder are the marks that settle how a page is written.
var byteOrder = map[string]string{"\xef\xbb\xbf": "utf-8", "\xff\xfe": "utf-16le", "\xfe\xff": "utf-16be"}

// charsetOf is the label of what a page is written in, found out from its
// beginning and its type in the order in which browsers look.
func charsetOf(start []byte, contentType string) string {
	for mark, label := range byteOrder {
		if bytes.HasPrefix(start, []byte(mark)) {
			return label
		}
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		return params["charset"]
	}
	if label := metaCharset(start); label != "" {
		return label
	}
	if isUTF8(start) {
		return "utf-8"
	}
	return "windows-1252"
}

// metaCharset is what the beginning of a page says of itself, if anything.
func metaCharset(start []byte) string {
	z := html.NewTokenizer(bytes.NewReader(start))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if t.Data != "meta" {
				continue
			}
			label := attr(&t, "charset")
			if label == "" && strings.EqualFold(attr(&t, "http-equiv"), "content-type") {
				if m := charsetParam.FindStringSubmatch(attr(&t, "content")); m != nil {
					label = m[1]
				}
			}
			if name, _ := decoderOf(label); strings.HasPrefix(name, "utf-16") {
				label = "utf-8" // it could not be read otherwise
			}
			if label != "" {
				return label
			}
		}
	}
}

// charsetParam is more lenient than MIME, as browsers are.
var charsetParam = regexp.MustCompile(`(?i)charset\s*=\s*["']?([^\s"';]+)`)

// isUTF8 says whether the beginning of a page is UTF-8 and more than ASCII; its
// last rune may have been cut.
func isUTF8(start []byte) bool {
	for i := len(start) - 1; i >= max(0, len(start)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(start[i]) {
			if !utf8.FullRune(start[i:]) {
				start = start[:i]
			}
			break
		}
	}
	return utf8.Valid(start) && slices.ContainsFunc(start, func(b byte) bool { return b >= utf8.RuneSelf })
}

// latin1 decodes windows-1252, which is what browsers read Latin-1 as. The
// package charmap has it too, and links the tables of forty others with it.
type latin1 struct{ transform.NopResetter }

// latin1Signs are its signs where Latin-1 has control codes, from 0x80 on.
var latin1Signs = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

func (latin1) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for _, b := range src {
		r := rune(b)
		if i := int(b) - 0x80; i >= 0 && i < len(latin1Signs) {
			r = latin1Signs[i]
		}
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc++
	}
	return nDst, nSrc, nil
}
