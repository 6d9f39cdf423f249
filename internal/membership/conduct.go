package membership

// conduct is what the engine does about a class of answer. Sending, reading and
// settling all look here, so that a new class is one row.
type conduct struct {
	// passes: the reason ends by itself, so the call is made again.
	passes bool
	// counts: a call is made no more than maxDoubts times that ends so.
	counts bool
	// write is what becomes of the operations of a write.
	write answer
	// of is the one kind of operation that write is for, where it is not for
	// all; an operation of another kind is to blame itself.
	of *kind
}

// answer is what to do with the operations of a write that did not succeed.
type answer int

const (
	_      answer = iota
	repeat        // send them again: nothing was done
	doubt         // read first: anything may have been done
	end           // tell all of them, and send nothing more
	blame         // one of them may be to blame: find it
	absent        // read first: what is to be removed may be out
	exists        // read first: what is to be added may be in
	full          // wait for removals, if there are any
)

var toAdd, toRemove = add, remove

// conducts has a row for each class.
var conducts = [classes]conduct{
	Unknown:        {write: doubt, passes: true, counts: true},
	Refused:        {write: blame},
	Denied:         {write: end},
	Busy:           {write: repeat, passes: true},
	Throttled:      {write: repeat, passes: true},
	Transient:      {write: repeat, passes: true, counts: true},
	NotFound:       {write: end},
	MemberNotFound: {write: absent, of: &toRemove},
	AlreadyExists:  {write: exists, of: &toAdd},
	Quota:          {write: full, of: &toAdd},
}

// conductOf is what to do about an error. What is no class of a vendor's, such
// as the end of the caller's time before a call, is final.
func conductOf(err error) conduct {
	if c, ok := MeaningOf(err).(Class); ok && c >= 0 && c < classes {
		return conducts[c]
	}
	return conduct{write: end}
}

// toWrite is what becomes of operations of a kind in a write that ended so.
func (c conduct) toWrite(k kind) answer {
	if c.of != nil && *c.of != k {
		return blame
	}
	return c.write
}
