// What a tab remembers of a chat over a reload: where one was signed in, the
// rooms, and what was half written. Never a password.
export class Saved {
  constructor(platform) {
    this.name = `chat ${platform}`;
    try {
      this.all = JSON.parse(sessionStorage.getItem(this.name)) ?? {};
    } catch {
      this.all = {};
    }
  }

  // signIn is what was filled in: {server, port, …}, and whether one was online
  // without a password, so that it can be done again.
  get signIn() {
    return this.all.signIn;
  }

  get drafts() {
    return this.all.drafts ?? {};
  }

  keep(changes) {
    Object.assign(this.all, changes);
    try {
      sessionStorage.setItem(this.name, JSON.stringify(this.all));
    } catch {
      // Without room or leave to keep it, the page works until it is closed.
    }
  }
}
