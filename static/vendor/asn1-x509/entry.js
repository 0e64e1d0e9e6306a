// What a browser needs to write one certificate (RFC 5280), and no more: README.md beside this folder says how it is bundled.
export { AsnConvert, OctetString } from "@peculiar/asn1-schema";
export { ECDSASigValue } from "@peculiar/asn1-ecc/build/es2015/ec_signature_value.js";
export { AlgorithmIdentifier } from "@peculiar/asn1-x509/build/es2015/algorithm_identifier.js";
export { Certificate } from "@peculiar/asn1-x509/build/es2015/certificate.js";
export { Extension, Extensions } from "@peculiar/asn1-x509/build/es2015/extension.js";
export { ExtendedKeyUsage, id_ce_extKeyUsage, id_kp_clientAuth } from "@peculiar/asn1-x509/build/es2015/extensions/extended_key_usage.js";
export { KeyUsage, KeyUsageFlags, id_ce_keyUsage } from "@peculiar/asn1-x509/build/es2015/extensions/key_usage.js";
export { SubjectAlternativeName, id_ce_subjectAltName } from "@peculiar/asn1-x509/build/es2015/extensions/subject_alternative_name.js";
export { GeneralName } from "@peculiar/asn1-x509/build/es2015/general_name.js";
export { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from "@peculiar/asn1-x509/build/es2015/name.js";
export { SubjectPublicKeyInfo } from "@peculiar/asn1-x509/build/es2015/subject_public_key_info.js";
export { TBSCertificate } from "@peculiar/asn1-x509/build/es2015/tbs_certificate.js";
export { Version } from "@peculiar/asn1-x509/build/es2015/types.js";
export { Validity } from "@peculiar/asn1-x509/build/es2015/validity.js";
