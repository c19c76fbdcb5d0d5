// A real provider of identities on this machine, for the tests of signing in: `node e2e/provider.mjs` prints its address, and knows
// whoever is in PEOPLE by name, with any password. It asks for consent and keeps its sessions as a provider does. It ends with its input.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const PEOPLE = {
  "li.na": { name: "李娜", roles: ["值班员", "others"], station: process.env.STATION },
  "chen.bo": { name: "Chen Bo", roles: ["指挥"], station: process.env.STATION },
  "li.si": { name: "李四", roles: "值班员", station: process.env.STATION },
  "wang.wu": { name: "王五", roles: ["visitors"], station: process.env.STATION },
  "zhao.liu": { name: "赵六", roles: ["值班员"], station: "nowhere" },
  chief: { name: "Another chief", roles: ["指挥"], station: process.env.STATION },
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  // Under another name of this machine, to a browser it is another site.
  const issuer = `http://${process.env.NAME ?? "127.0.0.1"}:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: "citygate",
      client_secret: process.env.CLIENT_SECRET,
      // A native client may come back to any port of this machine.
      application_type: "native",
      redirect_uris: ["http://127.0.0.1/signin/callback"],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    }],
    pkce: { required: () => true },
    claims: { openid: ["sub"], profile: ["name", "preferred_username", "roles", "station"] },
    conformIdTokenClaims: false,
    cookies: { keys: ["of a test alone"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: `subject of ${id}`, preferred_username: id, ...PEOPLE[id] }) }),
  });
  // Development forms are its own; what it warns of is that this is a test.
  server.on("request", provider.callback());
  process.stdout.write(`${issuer}\n`);
});
process.stdin.resume().on("end", () => process.exit());
