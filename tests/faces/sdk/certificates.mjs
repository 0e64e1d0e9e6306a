// Makes certificates as a page does, with Node's WebCrypto: reads {subject, proof, count, now?} and prints one a line.
import { mint, proofName } from "../../../static/sdk/certificate.js";
import { generate, thumbprint } from "../../../static/sdk/keys.js";

const { subject, proof, count, now } = JSON.parse(process.argv[2]);
const keys = await generate();
const certificates = [];
for (let made = 0; made < count; made += 1) certificates.push(await mint(keys, subject, proof, now));
const extractable = await crypto.subtle.exportKey("jwk", keys.privateKey).then(() => true, () => false);
console.log(JSON.stringify({ certificates, extractable, name: await proofName(proof), thumbprint: await thumbprint(keys.publicKey) }));
