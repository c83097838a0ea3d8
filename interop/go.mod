module anytls-inspect/interop

go 1.26.0

require (
	anytls-inspect v0.0.0
	github.com/anytls/sing-anytls v0.0.11
	github.com/sagernet/sing v0.6.1
	golang.org/x/net v0.62.0
)

require (
	github.com/HdrHistogram/hdrhistogram-go v1.4.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace anytls-inspect => ..
