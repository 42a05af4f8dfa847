package carddav

import (
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/davtest"
)

// Whatever query gives can be sent back by update.
func TestShapes(t *testing.T) {
	for _, pattern := range []string{"../dav/vcard/testdata/cases/*.vcf", "../dav/vcard/testdata/cases/roundtrip/*.vcf", "../dav/vcard/testdata/exports/*.vcf"} {
		davtest.CheckShapes(t, Definition(), pattern, "addressBook", func(text string) *activity.Object {
			contact, err := read("https://dav.test/a.vcf", `"1"`, text)
			if err != nil {
				return nil
			}
			return contact
		})
	}
}
