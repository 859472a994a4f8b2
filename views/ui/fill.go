package ui

// Fill is a small button that fetches the form again with value in field and
// everything else as it was typed: a choice that is often made.
func Fill(label, field, value string) Button {
	return Button{Label: label, Small: true, Get: true, Name: fixField, Value: field + "=" + value}
}
