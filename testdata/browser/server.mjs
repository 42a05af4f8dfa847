// Starts the real binary, for tests that also stop it and start it again.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

// answers resolves once something takes connections at a port.
export async function answers(port, child) {
  for (let tries = 0; tries < 1500; tries++) {
    if (child.exitCode !== null) throw new Error(`it ended with status ${child.exitCode}:\n${child.said}`);
    const open = await new Promise((done) => {
      const socket = connect(port, "127.0.0.1", () => done(true)).on("error", () => done(false));
      socket.on("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`nothing listens at port ${port}:\n${child.said}`);
}

export function run(program, args, options = {}) {
  const child = spawn(program, args, options);
  child.said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (child.said += text));
  running.add(child);
  child.ended = new Promise((done) => child.on("exit", () => (running.delete(child), done())));
  return child;
}

export class Server {
  constructor(config = {}, environment = {}) {
    this.environment = environment;
    this.dir = mkdtempSync(join(tmpdir(), "sockethub-browser-"));
    process.on("exit", () => rmSync(this.dir, { recursive: true, force: true }));
    this.config = {
      examples: true,
      rateLimiter: { maxRequests: 1000000, maxConnectionsPerIp: 0 },
      logging: { file: "" },
      httpActions: { enabled: true },
      ...config,
    };
  }

  async start() {
    this.port ??= await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    const file = join(this.dir, "config.json");
    writeFileSync(file, JSON.stringify(this.config));
    this.child = run(process.env.BINARY, ["--config", file], { cwd: this.dir, env: { PATH: process.env.PATH, HOST: "127.0.0.1", PORT: String(this.port), ...this.environment } });
    await answers(this.port, this.child);
    return this;
  }

  async stop() {
    this.child.kill("SIGTERM");
    await this.child.ended;
  }
}
