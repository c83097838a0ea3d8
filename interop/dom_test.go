package interop

import (
	"strings"

	"golang.org/x/net/html"
)

// all returns the elements below n with a tag and a class, in order. Any class will do where
// none is given.
func all(n *html.Node, tag, class string) []*html.Node {
	var list []*html.Node
	if n == nil {
		return nil
	}
	for d := range n.Descendants() {
		if d.Type != html.ElementNode || d.Data != tag {
			continue
		}
		classes := ""
		for _, a := range d.Attr {
			if a.Key == "class" {
				classes = a.Val
			}
		}
		if class == "" || strings.Contains(" "+classes+" ", " "+class+" ") {
			list = append(list, d)
		}
	}
	return list
}

// first returns the first element of all, nil where there is none.
func first(n *html.Node, tag, class string) *html.Node {
	if list := all(n, tag, class); len(list) > 0 {
		return list[0]
	}
	return nil
}

// text returns the text within n.
func text(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func texts(list []*html.Node) []string {
	all := make([]string, len(list))
	for i, n := range list {
		all[i] = strings.TrimSpace(text(n))
	}
	return all
}
