package activity

// plain returns a schema as clients have always known those of credentials and
// messages: without the words for people that stand beside its rules, "title" and
// "description", and without definitions.types, where a platform says what each
// type of message does. They are for the documents.
func plain(schema any) any {
	o, ok := schema.(*Object)
	if !ok {
		return schema
	}
	bare := NewObject()
	for i := range o.Len() {
		name, v := o.Member(i)
		switch name {
		case "title", "description":
			continue
		case "properties":
			v = plainMembers(v)
		case "definitions":
			definitions, ok := v.(*Object)
			if !ok {
				break
			}
			if v = plainDefinitions(definitions); v.(*Object).Len() == 0 && definitions.Len() > 0 {
				continue
			}
		case "oneOf", "anyOf", "allOf":
			if list, ok := v.([]any); ok {
				all := make([]any, len(list))
				for j := range list {
					all[j] = plain(list[j])
				}
				v = all
			}
		case "items", "not", "contains", "additionalProperties":
			v = plain(v)
		}
		bare.Set(name, v)
	}
	return bare
}

// plainDefinitions makes definitions plain: schemas, and groups of them.
func plainDefinitions(definitions *Object) *Object {
	all := NewObject()
	for i := range definitions.Len() {
		name, v := definitions.Member(i)
		o, _ := v.(*Object)
		switch {
		case name == "types":
		case o.Get("type") == nil && o.Get("enum") == nil && o.Get("oneOf") == nil && o.Get("anyOf") == nil:
			all.Set(name, plainMembers(v)) // a group is an object of schemas, as are properties
		default:
			all.Set(name, plain(v))
		}
	}
	return all
}

// plainMembers makes each schema of an object of schemas plain.
func plainMembers(v any) any {
	o, ok := v.(*Object)
	if !ok {
		return v
	}
	all := NewObject()
	for i := range o.Len() {
		name, schema := o.Member(i)
		all.Set(name, plain(schema))
	}
	return all
}
