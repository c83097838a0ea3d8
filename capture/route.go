package capture

// MaxRoutes is how many routes a run can have.
const MaxRoutes = 1024

// A Route is where a relay listens, and which server it takes its clients to. It says
// what readers may show. The roots and the certificate of a route are the relay's.
type Route struct {
	// Name tells the routes of a run apart. It is printable, and empty where there is
	// only one route.
	Name   string
	Listen string // host:port where clients connect
	Server string // host:port of the real server
	// SNI is what the server is shown; empty: what the client sent. An IP address means
	// that none is sent.
	SNI string
	// Insecure skips the verification of the server's certificate.
	Insecure bool
}
