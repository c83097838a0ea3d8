// Package pcapng records what a relay carries, below TLS, as packets that
// Wireshark, tshark and this program's replay open and decrypt with no set-up.
//
// A relay sees sockets, not packets. So the payload, its order and its times are
// real, and so are the addresses, ports, ends and resets; the Ethernet, IP and
// TCP headers around them are made up, right to the checksum. What the kernel
// does by itself is not seen and not invented: retransmissions, the moments at
// which bytes that were handed to it left, the peer's acknowledgements (each is
// put after every second packet), and what a peer still sent to a socket that was
// closed. A reset stands last, since it can't be told what came before it and what
// after. Of the bytes that were being written when a connection was reset, it is
// not known how many got out: all are recorded.
//
// A file has two interfaces, "client leg" and "server leg", with times in
// nanoseconds. The TLS secrets of a connection stand in a Decryption Secrets Block
// before the first packet that needs them: from the TLS server's first answer
// until the secrets are known, a connection's packets are held back. The SYN of
// each connection bears a comment with its session and leg, and packets that the
// source has a note about bear that note.
//
// Where files are limited in size, the next one repeats the secrets of the
// connections that are open. Each file can be decrypted by itself for the
// connections that began in it. Of an older connection the next file has the
// packets and the secrets, but neither the ClientHello nor the count of the
// records that they number: Wireshark can't decrypt that part unless the files
// are put together again, in order (cat FILE FILE-2 > ALL, or mergecap -a).
//
// The blocks are written here and not by gopacket's NgWriter, since they are
// built in place in a buffer that always ends with a whole block: the payload is
// copied once, and what is on disk can be read however the program ended. The
// tests read it all back with gopacket.
package pcapng
