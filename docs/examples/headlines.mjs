// Prints the headlines of a feed.
//
//	npm install socket.io-client
//	curl -O http://localhost:10550/sockethub-client.mjs
//	node headlines.mjs http://localhost:10550/feed.xml
import { io } from "socket.io-client";
import SockethubClient from "./sockethub-client.mjs";

const server = process.env.SOCKETHUB ?? "http://localhost:10550";
const address = process.argv[2] ?? `${server}/feed.xml`;

const socket = io(server, { path: "/sockethub" });
const sc = new SockethubClient(socket);
try {
  await sc.ready();
  const feed = await sc.send({ "@context": sc.contextFor("feeds"), type: "fetch", actor: { id: address, type: "feed" }, object: { limit: 5 } });
  console.log(feed.summary);
  for (const { object } of feed.items) console.log(`- ${object.title} (${object.published})`);
} catch (error) {
  console.error(error.code, error.message);
  process.exitCode = 1;
}
socket.disconnect();
