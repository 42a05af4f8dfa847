package feeds

import (
	"strings"
	"sync"
	"time"
)

// monthNames has for each month the beginnings of its names, in lower case
// and without accents, and behind "|" whole names that share their beginning
// with another month's. English, German, Dutch, French, Spanish, Portuguese,
// Italian, Catalan, Romanian, the languages of the North, Hungarian, Polish,
// Czech, Turkish, Russian, Ukrainian, Bulgarian, Greek, Hebrew and Arabic.
//
// A name that is one month here and another there is that of the language with
// more feeds ("lis" in Polish and Czech, not in Croatian), or is missing ("srp").
var monthNames = [12]string{
	"jan enero ene gen ian styc sty tammi jänn oca янв січ яну ιαν ינוא يناير|led leden ledna",
	"feb fev lut helmi sub фев лют φεβ פבר فبراير|unor unora uno",
	"mar mrz mrt maerz maalis мар берез μαρ מרץ مارس|brezen brezna bre бер",
	"apr avr abr kwi huhti nis апр квіт απρ אפריל أبريل ابريل|duben dubna dub кві",
	"mai may maj mag mei touko май мая трав μαι μαιο מאי مايو|maig kveten kvetna kve тра",
	"jun juin giu cze kesa iun haz июн черв юни ιουν יוני يونيو|juny cerven cervna cvn чер jui",
	"jul juil lug heina iul tem июл липн юли ιουλ יולי يوليو|lip lipca lipiec cervenec cervence cvc лип",
	"aug aou ago sie elok agu авг серп αυγ αυγο אוגוסט أغسطس اغسطس|elo srpen srpna сер",
	"sep set wrz syys szep eyl сен верес σεπ ספטמבר سبتمبر|zari zar вер сеп септември",
	"oct okt ott out paz loka eki окт жовт οκτ אוקטובר أكتوبر اكتوبر|rijen rijna rij жов",
	"nov marras noi kas ноя ное листоп νοε נובמבר نوفمبر|lis listopad listopada listopadu лис",
	"dec dez dic des gru joulu ara дек груд δεκ דצמבר ديسمبر|prosinec prosince pro гру",
}

// months has the names of monthNames; those with a "|" before them are whole.
var months = sync.OnceValue(func() map[string]int {
	months := map[string]int{}
	for i, names := range monthNames {
		beginnings, whole, _ := strings.Cut(names, "|")
		for name := range strings.FieldsSeq(beginnings) {
			months[name] = i + 1
		}
		for name := range strings.FieldsSeq(whole) {
			months["|"+name] = i + 1
		}
	}
	return months
})

// monthOf returns the month that a word in lower case names, 0 for none.
func monthOf(word string) int {
	if weekdayOf(word) >= 0 {
		return 0
	}
	word = withoutAccents(word)
	known := months()
	if month := known["|"+word]; month > 0 {
		return month
	}
	for n := min(len(word), maxMonthName); n >= len("jan"); n-- {
		if month := known[word[:n]]; month > 0 {
			return month
		}
	}
	return 0
}

// maxMonthName is the length of the longest name that counts from its beginning.
const maxMonthName = 16

// withoutAccents replaces the accented letters that are in names of months.
func withoutAccents(word string) string {
	for i := range len(word) {
		if word[i] >= 0x80 {
			return strings.Map(plainLetter, word)
		}
	}
	return word
}

func plainLetter(r rune) rune {
	switch r {
	case 'á', 'à', 'â', 'ä', 'ã', 'å', 'ă':
		return 'a'
	case 'é', 'è', 'ê', 'ë', 'ě', 'ę':
		return 'e'
	case 'í', 'ì', 'î', 'ï', 'ı', '\u0307': // the dot that lower case leaves of "İ"
		return 'i'
	case 'ó', 'ò', 'ô', 'ö', 'ő':
		return 'o'
	case 'ú', 'ù', 'û', 'ü', 'ů', 'ű':
		return 'u'
	case 'ç', 'č', 'ć':
		return 'c'
	case 'ş', 'ș', 'š', 'ś':
		return 's'
	case 'ź', 'ž', 'ż':
		return 'z'
	case 'ř':
		return 'r'
	case 'ğ':
		return 'g'
	case 'ń':
		return 'n'
	case 'ά':
		return 'α'
	case 'έ':
		return 'ε'
	case 'ί', 'ϊ', 'ΐ':
		return 'ι'
	case 'ό':
		return 'ο'
	case 'ύ', 'ϋ':
		return 'υ'
	}
	return r
}

// weekdayOf knows English days of the week by their first three letters; -1
// for any other word.
func weekdayOf(word string) time.Weekday {
	if len(word) >= 3 && (len(word) <= 5 || strings.HasSuffix(word, "day")) {
		if i := strings.Index("sun mon tue wed thu fri sat", word[:3]); i >= 0 && i%4 == 0 {
			return time.Weekday(i / 4)
		}
	}
	return -1
}

// saysNothing knows words between the parts of a date: "9 de febrero de 2024",
// "9 февраля 2024 г.", "February 9, 2024 at 10:30", "9. Februar 2024, 10:30 Uhr".
func saysNothing(word string) bool {
	switch word {
	case "at", "on", "of", "the", "um", "uhr", "den", "der", "de", "del", "las", "le", "les", "à", "kl", "klo", "h", "hrs", "o",
		"г", "года", "год", "р", "року", "в", "ore", "στις":
		return true
	}
	return false
}

// regionOf is the time zone that is meant by the name of a zone without the word
// for winter or summer: "ET" is what clocks show in New York that day.
func regionOf(word string) string {
	switch word {
	case "et":
		return "America/New_York"
	case "ct":
		return "America/Chicago"
	case "mt":
		return "America/Denver"
	case "pt":
		return "America/Los_Angeles"
	case "at":
		return "America/Halifax"
	}
	return ""
}

// isAmerican knows zones of the United States, where the month goes first.
func isAmerican(word string) bool {
	switch word {
	case "est", "edt", "et", "cst", "cdt", "ct", "mst", "mdt", "mt", "pst", "pdt", "pt", "akst", "akdt", "hst":
		return true
	}
	return false
}
