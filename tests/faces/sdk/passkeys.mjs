// Makes a passkey and a proof as a page does, on a device whose keys are of `kind`: prints what was asked of it and what it said.
import { make, sign } from "../../../static/sdk/webauthn.js";

const KINDS = {
  EC: [-7, { name: "ECDSA", namedCurve: "P-256" }],
  RSA: [-257, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }],
};
const [algorithm, form] = KINDS[process.argv[2]];
const { publicKey } = await crypto.subtle.generateKey(form, true, ["sign", "verify"]);
const spki = await crypto.subtle.exportKey("spki", publicKey);
const asked = {};
const nothing = new Uint8Array(1).buffer;
const credentials = {
  async create({ publicKey: options }) {
    asked.algorithms = options.pubKeyCredParams.map(({ alg }) => alg);
    const response = { clientDataJSON: nothing, attestationObject: nothing, getPublicKey: () => spki, getPublicKeyAlgorithm: () => algorithm };
    return { id: "AAAA", response };
  },
  async get({ publicKey: options }) {
    asked.header = JSON.parse(new TextDecoder().decode(options.challenge)).header;
    return { response: { authenticatorData: nothing, clientDataJSON: nothing, signature: nothing } };
  },
};
Object.defineProperty(globalThis, "navigator", { value: { credentials } });
globalThis.location = { hostname: "localhost" };
const job = { identity: "i", realm: "r", tenant: "t", token: "x" };
const made = await make(job, { realmName: "Acme", username: "bob", displayName: "Bob", known: [] });
await sign({ ...job, ...made }, { url: "http://localhost/", transaction: "t", ahead: 0 }, "nonce");
console.log(JSON.stringify({ ...asked, made, jwk: await crypto.subtle.exportKey("jwk", publicKey) }));
