package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
)

//go:embed page.html
var pageHTML string

// htmlPage is the template of the page. It escapes each value for the place where it
// stands.
var htmlPage = template.Must(template.New("page").Parse(pageHTML))

// HTML returns the report as one page that needs no other file.
func (r *Report) HTML(l Lang) ([]byte, error) {
	var b bytes.Buffer
	if err := htmlPage.Execute(&b, r.page(l)); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return b.Bytes(), nil
}
