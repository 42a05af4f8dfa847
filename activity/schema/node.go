package schema

import "regexp"

// node is a schema with its keywords read. It belongs to one place in the
// document, and to one way of naming that place in errors.
type node struct {
	path string // what errors put before the keyword: "#/properties/actor"

	boolean bool // the schema is true or false
	value   bool // which of the two

	types    typeSet
	typeText string  // "string" or "string,null"
	typeIn   typeSet // the group of keywords whose place the type's error takes; 0: before all

	ref       *node
	hasConst  bool
	constant  any
	enum      []any
	enumText  map[string]bool // the strings among many enum values
	not       *node
	anyOf     []*node
	oneOf     []*node
	allOf     []*node
	when      *node // if
	then      *node
	otherwise *node // else

	number *numberRules
	text   *textRules
	array  *arrayRules
	object *objectRules

	keywordPaths map[string]string // path with each of the keywords that errors may name
}

// keywordPath is the path to a keyword: "#/properties/actor/oneOf".
func (n *node) keywordPath(keyword string) string {
	if path, ok := n.keywordPaths[keyword]; ok {
		return path
	}
	return n.path + "/" + keyword
}

type numberRules struct {
	limits     []numberLimit // in the order maximum, minimum, exclusiveMaximum, exclusiveMinimum
	multipleOf float64       // 0: none
}

type numberLimit struct {
	keyword string
	symbol  string
	value   float64
	text    string // value as messages show it
}

type textRules struct {
	maxLength, minLength int // -1: none
	pattern              *regexp.Regexp
	patternText          string
	format               func(string) bool
	formatName           string
}

type arrayRules struct {
	maxItems, minItems int // -1: none
	items              *node
	tuple              []*node
	additional         *node
	contains           *node
	unique             bool
	scalars            typeSet // the types that items allows when neither lists nor objects are among them
}

type objectRules struct {
	maxProperties, minProperties int // -1: none
	required                     []string
	propertyNames                *node
	additional                   *node
	dependencies                 []dependency // those that are lists of names first
	properties                   []property
	known                        map[string]bool // the names in properties, when there are many
	patterns                     []patternProperty
}

type property struct {
	name string
	node *node
}

type patternProperty struct {
	pattern *regexp.Regexp
	node    *node
}

type dependency struct {
	name     string
	required []string // members that must be there too
	node     *node    // or the schema that must hold
}

// typeSet is a set of the names that "type" may have.
type typeSet uint8

const (
	typeNull typeSet = 1 << iota
	typeBoolean
	typeInteger
	typeNumber
	typeString
	typeArray
	typeObject
)

var typeNames = map[string]typeSet{
	"null": typeNull, "boolean": typeBoolean, "integer": typeInteger, "number": typeNumber,
	"string": typeString, "array": typeArray, "object": typeObject,
}
