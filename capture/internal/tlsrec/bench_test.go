package tlsrec

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"testing"
)

// batchBytes is about how many bytes are opened before the clock is stopped, for
// the records to be sealed again: opening overwrites them.
const batchBytes = 1 << 20

var benchSizes = []int{512, 16 << 10}

func benchKeys(tb testing.TB, s Suite) Keys {
	tb.Helper()
	secret := make([]byte, s.params().hashLen)
	keys, err := TrafficKeys(s, secret)
	if err != nil {
		tb.Fatal(err)
	}
	return keys
}

// inBatches runs open on each record of a batch, which seal has filled.
func inBatches(b *testing.B, size int, seal func(number int), open func(number int)) {
	batch := max(1, batchBytes/size)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += batch {
		b.StopTimer()
		for i := range batch {
			seal(i)
		}
		b.StartTimer()
		for i := range min(batch, b.N-done) {
			open(i)
		}
	}
}

// BenchmarkOpen opens TLS 1.3 records in place, beside the AEAD alone on the
// same bytes. MB/s are of plaintext.
func BenchmarkOpen(b *testing.B) {
	for _, size := range benchSizes {
		plaintext := make([]byte, size)
		for _, suite := range []Suite{AES128GCMSHA256, AES256GCMSHA384, ChaCha20Poly1305SHA256} {
			keys := benchKeys(b, suite)
			records := make([][]byte, max(1, batchBytes/size))
			b.Run(fmt.Sprintf("%v/%d", suite, size), func(b *testing.B) {
				sealer, opener := NewSealer(keys), NewOpener(keys)
				seal := func(i int) {
					var err error
					sealer.SetSeq(uint64(i))
					if records[i], err = sealer.Seal(records[i][:0], ApplicationData, plaintext); err != nil {
						b.Fatal(err)
					}
				}
				inBatches(b, size, seal, func(i int) {
					opener.SetSeq(uint64(i))
					if _, _, err := opener.Open(records[i]); err != nil {
						b.Fatal(err)
					}
				})
			})
			b.Run(fmt.Sprintf("%v/%d/aead-alone", suite, size), func(b *testing.B) {
				aead, nonce, header := keys.aead, make([]byte, 12), make([]byte, HeaderLen)
				inner := append(plaintext[:size:size], byte(ApplicationData))
				seal := func(i int) {
					binary.BigEndian.PutUint64(nonce, uint64(i))
					records[i] = aead.Seal(records[i][:0], nonce, inner, header)
				}
				inBatches(b, size, seal, func(i int) {
					binary.BigEndian.PutUint64(nonce, uint64(i))
					if _, err := aead.Open(records[i][:0], nonce, records[i], header); err != nil {
						b.Fatal(err)
					}
				})
			})
		}
	}
}

// BenchmarkSeal seals TLS 1.3 records in place, beside the AEAD alone.
func BenchmarkSeal(b *testing.B) {
	for _, size := range benchSizes {
		keys := benchKeys(b, AES128GCMSHA256)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			sealer := NewSealer(keys)
			buf := make([]byte, size+MaxOverhead)
			plaintext := buf[sealer.Headroom():][:size]
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := sealer.Seal(buf[:0], ApplicationData, plaintext); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprint(size, "/aead-alone"), func(b *testing.B) {
			block, err := aes.NewCipher(make([]byte, 16))
			if err != nil {
				b.Fatal(err)
			}
			aead, err := cipher.NewGCM(block)
			if err != nil {
				b.Fatal(err)
			}
			nonce, header := make([]byte, 12), make([]byte, HeaderLen)
			buf := make([]byte, size+1, size+1+tagLen)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				aead.Seal(buf[:0], nonce, buf, header)
			}
		})
	}
}
