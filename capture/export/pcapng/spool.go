package pcapng

// A spool holds whole blocks that wait for the writer, and what else the writer has to
// do before or after them.
type spool struct {
	buf     []byte
	orders  []order
	waiting int // bytes that are not written yet: those in buf, and those that the writer took
}

// An order tells the writer what to do next.
type order struct {
	do       task
	file     *file
	from, to int // of taskWrite: where the blocks are in buf
}

// A task is what an order asks for.
type task uint8

// The tasks.
const (
	taskWrite  task = iota
	taskBegin       // open the file
	taskFinish      // close it: nothing more is written to it
	taskRemove      // remove it: it is finished
)

// wrote notes that what buf holds from an offset on are blocks of a file.
func (s *spool) wrote(f *file, from int) {
	n := len(s.buf) - from
	s.waiting += n
	f.size += int64(n)
	if last := len(s.orders) - 1; last >= 0 && s.orders[last].do == taskWrite && s.orders[last].file == f {
		s.orders[last].to = len(s.buf)
		return
	}
	s.orders = append(s.orders, order{taskWrite, f, from, len(s.buf)})
}

// add adds an order that is not about blocks.
func (s *spool) add(do task, f *file) { s.orders = append(s.orders, order{do: do, file: f}) }

// take returns all blocks and orders, and goes on with others, which are empty.
func (s *spool) take(buf []byte, orders []order) ([]byte, []order) {
	clear(orders)
	full, todo := s.buf, s.orders
	s.buf, s.orders = buf[:0], orders[:0]
	return full, todo
}

// drop lets go of all that waits.
func (s *spool) drop() { *s = spool{} }
