package activity

// plain returns a schema of credentials or messages as clients have always known
// it: without the words for people that stand beside its rules, "title" and
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
			groups, ok := v.(*Object)
			if !ok {
				break
			}
			// A group of definitions is an object of schemas, as are properties.
			kept := NewObject()
			for j := range groups.Len() {
				if group, members := groups.Member(j); group != "types" {
					kept.Set(group, plainMembers(members))
				}
			}
			if kept.Len() == 0 && groups.Len() > 0 {
				continue
			}
			v = kept
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
