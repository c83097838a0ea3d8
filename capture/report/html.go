package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
)

//go:embed page.html
var pageHTML string

// htmlPage makes the HTML; it escapes all that is put into it by where it stands.
var htmlPage = template.Must(template.New("page").Parse(pageHTML))

// HTML returns the report as one file that needs no other.
func (r *Report) HTML(l Lang) ([]byte, error) {
	var b bytes.Buffer
	if err := htmlPage.Execute(&b, r.page(l)); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return b.Bytes(), nil
}
