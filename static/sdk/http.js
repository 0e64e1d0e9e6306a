// One question to the server: no cookies, no cache, no redirects, no referrer (a link's URL is a secret).
import { NetworkError, ServerError, ofAnswer } from "./errors.js";

const JSON_TYPE = { Accept: "application/json" };

export const getJson = (url, options = {}) => ask(url, { method: "GET", ...options });

export const postJson = (url, body, { headers, ...options } = {}) =>
  ask(url, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body), ...options });

export const postForm = (url, fields, options = {}) => ask(url, { method: "POST", body: new URLSearchParams(fields), ...options });

// {body, ahead}: the JSON, and how many milliseconds the server's clock is ahead of this one. Throws for all but a 2xx of JSON.
async function ask(url, { headers, signal, ...options }) {
  const response = await answer(url, { ...options, headers: { ...JSON_TYPE, ...headers }, signal });
  const body = await response.json().catch(() => {
    signal?.throwIfAborted();
    return undefined;
  });
  const correlationId = response.headers.get("X-Correlation-Id") ?? headers?.["X-Correlation-Id"];
  if (!response.ok) throw ofAnswer({ status: response.status, body, correlationId, retryAfter: seconds(response) });
  if (body === null || typeof body !== "object") {
    throw new ServerError("server", "The server's answer is not JSON.", { status: response.status, correlationId });
  }
  return { body, ahead: ahead(response) };
}

async function answer(url, options) {
  try {
    return await fetch(url, {
      mode: "cors", credentials: "omit", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer", ...options,
    });
  } catch (cause) {
    options.signal?.throwIfAborted();
    throw new NetworkError("network", `No answer from ${new URL(url).origin}.`, { cause });
  }
}

const seconds = (response) => Number(response.headers.get("Retry-After")) || undefined;

// The device's clock may be wrong, and what is signed holds times (RFC 9110 §6.6.1; Age where a cache on the way answered).
// 0 where the answer tells none.
function ahead({ headers }) {
  const told = Date.parse(headers.get("Date") ?? "");
  return Number.isNaN(told) ? 0 : told + 1000 * (Number(headers.get("Age")) || 0) - Date.now();
}
