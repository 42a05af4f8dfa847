package webfetch

import "slices"

// badPorts are the ports that no browser speaks HTTP to, because another
// protocol lives there that could be made to understand a request (Fetch
// Standard, "port blocking"). In ascending order.
var badPorts = []int{
	1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
	111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
	540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
	6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
}

func badPort(port int) bool {
	_, found := slices.BinarySearch(badPorts, port)
	return found
}

// services are ports from 1024 on at which something else than a web server
// listens, as a rule: databases, queues, caches, printers and what steers
// machines. Some of them obey whoever reaches them. In ascending order.
var services = []int{
	1433, 1434, 1521, 1883, 2181, 2375, 2376, 2377, 2379, 2380, 2483, 2484, 3050, 3260, 3306, 3389, 4369, 5432, 5433, 5555, 5671, 5672, 5900,
	5901, 5984, 5985, 5986, 6379, 6380, 6443, 7199, 7473, 7474, 7687, 8086, 8300, 8301, 8302, 8500, 8600, 8883, 9042, 9092,
	9100, 9160, 9200, 9300, 10250, 10255, 11211, 11300, 15672, 16379, 25672, 26257, 26379, 27017, 27018, 27019, 28015, 33060, 61616,
}

// usualPort reports whether a port may be spoken to when nobody has listed any:
// those of the web, and the high ones but for services.
func usualPort(port int) bool {
	if port == 80 || port == 443 {
		return true
	}
	_, found := slices.BinarySearch(services, port)
	return port >= 1024 && !found
}
