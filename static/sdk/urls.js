// The URLs an app is opened with (contract/wire.md §3.1), and the one server they may speak of.
import { LinkError, usage } from "./errors.js";

const LINK = /\/v1\/tenants\/([^/]+)\/realms\/([^/]+)\/identities\/([^/]+)\/credential-binding-jobs\/([^/:]+):invokeAuthenticator$/;
const FIELDS = ["api_base_url", "tenant_id", "realm_id", "identity_id", "job_id", "token"];
const PART = /^[\w-]{1,128}$/;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

// The issuer of one application, or the origin alone when the app signs people in to several. Throws UsageError.
export function issuerFrom(text) {
  const url = parsed(text);
  if (!url || url.search || url.hash || url.username) throw usage("issuer must be the issuer's URL, as in the application's settings.");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && LOOPBACK.has(url.hostname))) throw usage("issuer must be https, or http on localhost.");
  const path = url.pathname.replace(/\/+$/, "");
  return { origin: url.origin, url: path ? url.origin + path : "" };
}

// A URL that is asked something: of the issuer's origin, and so of nobody who merely sent a link. Throws LinkError.
export function pinned(text, origin) {
  const url = parsed(text);
  if (!url) throw new LinkError("url_not_recognised", "A URL in the link or request is none.");
  if (url.origin !== origin) throw new LinkError("foreign_host", `${url.origin} is not ${origin}, which this app trusts.`);
  return url.href;
}

// What a binding link says, or null: {link} still to be opened, or the six fields when a browser was led on with them.
export function bindingFrom(text) {
  const url = parsed(text);
  if (!url) return null;
  if (LINK.test(url.pathname)) return url.searchParams.get("token") ? { link: url.href } : null;
  if (!url.pathname.endsWith("/bind")) return null;
  const fields = Object.fromEntries(FIELDS.map((name) => [name, url.searchParams.get(name) ?? ""]));
  return FIELDS.every((name) => fields[name]) ? { fields } : null;
}

// The six fields of the contract, each of which becomes part of a URL. Throws LinkError.
export function jobFrom(fields, origin) {
  const parts = FIELDS.slice(1, 5);
  if (typeof fields?.token !== "string" || !fields.token || !parts.every((name) => PART.test(fields[name] ?? ""))) {
    throw new LinkError("url_not_recognised", "This is not a complete binding link.");
  }
  const [tenant, realm, identity, job] = parts.map((name) => fields[name]);
  const path = `/v1/tenants/${tenant}/realms/${realm}/identities/${identity}/credential-binding-jobs/${job}`;
  return { tenant, realm, identity, job, token: fields.token, url: pinned(String(fields.api_base_url), origin).replace(/\/+$/, "") + path };
}

// The `request` of a URL that ends in /bi-authenticate, or "".
export function requestFrom(text) {
  const url = parsed(text);
  const request = url?.pathname.endsWith("/bi-authenticate") ? url.searchParams.get("request") : "";
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(request ?? "") ? request : "";
}

// The `state` of a URL that ends in /resume, or "".
export function stateFrom(text) {
  const url = parsed(text);
  return (url?.pathname.endsWith("/resume") && url.searchParams.get("state")) || "";
}

export const resumeUrl = (text, state) => {
  const url = new URL(text);
  return `${url.origin}${url.pathname.replace(/\/(bi-authenticate|resume)$/, "")}/resume?state=${state}`;
};

function parsed(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
