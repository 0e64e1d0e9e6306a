// A certificate that proves one thing once: self-issued, fresh for every bind and login (contract/extensions.md §5, §10;
// RFC 5280 §4). The library is loaded when the first certificate is made, so that nobody else waits for it.
import { sha256, toBase64, toBase64url, utf8 } from "./bytes.js";

const AFTER_SECONDS = 150; // four and a half minutes in all, of the five allowed: the clock of whoever signs may be off either way
const BEFORE_SECONDS = 120;
const COMMON_NAME = "2.5.4.3";
const ORGANISATIONAL_UNIT = "2.5.4.11";
const ORGANISATION = "2.5.4.10";
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const ALGORITHM = { name: "ECDSA", hash: "SHA-256" };
const PROOF = "urn:identity-cloud:proof:";

let library = null;

const loaded = () => (library ??= import("./vendor/asn1-x509.js").catch((error) => {
  library = null; // the network may be back the next time
  throw error;
}));

// What the one subjectAltName holds: the URL posted to, the transaction or job, the nonce or token, each ended by a zero byte.
export async function proofName({ audience, transaction, nonce }) {
  return PROOF + toBase64url(await sha256(utf8(`${audience}\0${transaction}\0${nonce}`)));
}

// Base64 of the DER. `keys` is a CryptoKeyPair (P-256, sign); `subject` {identity, realm, tenant}; `now` in milliseconds,
// the server's time where it is known.
export async function mint(keys, subject, proof, now = Date.now()) {
  const x509 = await loaded();
  const algorithm = () => new x509.AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const tbsCertificate = new x509.TBSCertificate({
    version: x509.Version.v3,
    serialNumber: serial(),
    signature: algorithm(),
    issuer: name(x509, subject),
    validity: new x509.Validity({ notBefore: new Date(now - BEFORE_SECONDS * 1000), notAfter: new Date(now + AFTER_SECONDS * 1000) }),
    subject: name(x509, subject),
    subjectPublicKeyInfo: x509.AsnConvert.parse(await crypto.subtle.exportKey("spki", keys.publicKey), x509.SubjectPublicKeyInfo),
    extensions: extensions(x509, await proofName(proof)),
  });
  const signed = await crypto.subtle.sign(ALGORITHM, keys.privateKey, x509.AsnConvert.serialize(tbsCertificate));
  const certificate = new x509.Certificate({ tbsCertificate, signatureAlgorithm: algorithm(), signatureValue: signature(x509, signed) });
  return toBase64(x509.AsnConvert.serialize(certificate));
}

function name(x509, { identity, realm, tenant }) {
  const parts = [[COMMON_NAME, identity], [ORGANISATIONAL_UNIT, realm], [ORGANISATION, tenant]];
  return new x509.Name(parts.map(([type, utf8String]) => {
    const value = new x509.AttributeValue({ utf8String });
    return new x509.RelativeDistinguishedName([new x509.AttributeTypeAndValue({ type, value })]);
  }));
}

function extensions(x509, uniformResourceIdentifier) {
  const extension = (extnID, critical, value) =>
    new x509.Extension({ extnID, critical, extnValue: new x509.OctetString(x509.AsnConvert.serialize(value)) });
  return new x509.Extensions([
    extension(x509.id_ce_keyUsage, true, new x509.KeyUsage(x509.KeyUsageFlags.digitalSignature)),
    extension(x509.id_ce_extKeyUsage, false, new x509.ExtendedKeyUsage([x509.id_kp_clientAuth])),
    extension(x509.id_ce_subjectAltName, false, new x509.SubjectAlternativeName([new x509.GeneralName({ uniformResourceIdentifier })])),
  ]);
}

// 128 random bits, the first octet never zero.
function serial() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  random[0] ||= 1;
  return positive(random);
}

// The octets of a positive DER INTEGER (X.690 §8.3): no needless zero in front, no sign bit.
function positive(octets) {
  const first = octets.findIndex((octet) => octet !== 0);
  const bare = octets.slice(first < 0 ? octets.length - 1 : first);
  return (bare[0] & 0x80 ? Uint8Array.of(0, ...bare) : bare).buffer;
}

// WebCrypto says r and s side by side, certificates have them as a SEQUENCE (RFC 5480 appendix A).
function signature(x509, raw) {
  const bytes = new Uint8Array(raw);
  const half = bytes.length / 2;
  return x509.AsnConvert.serialize(new x509.ECDSASigValue({ r: positive(bytes.slice(0, half)), s: positive(bytes.slice(half)) }));
}
