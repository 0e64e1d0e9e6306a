// One page with four faces, told apart by its address: a binding link, a sign-in request, the way back with a code, or home.
import * as oidc from "/oidc.js";

const config = await fetch("/config.json").then((response) => response.json());
const { initialize } = await import(`${new URL(config.issuer).origin}/sdk/identity-cloud.js`);
const cloud = await initialize({ issuer: config.issuer });
const status = document.querySelector("[role=status]");
const OFFER = "bistro.offer";
let tokens = null;

function show(id) {
  for (const section of document.querySelectorAll("section")) section.hidden = section.id !== id;
  return document.getElementById(id);
}

// The SDK's messages may be shown to people; its remedies are for whoever builds the app.
function fail(error) {
  console.warn(error.code ?? error.name, error.remedy ?? "");
  status.textContent = error.message;
  if (!document.querySelector("section:not([hidden])")) show("signed-out");
}

const attempt = (work) => async () => {
  status.textContent = "";
  await work().catch(fail);
};

function list(dl, facts) {
  dl.replaceChildren(...Object.entries(facts).flatMap(([name, value]) => {
    const [term, told] = [document.createElement("dt"), document.createElement("dd")];
    [term.textContent, told.textContent] = [name, [value].flat().join(", ") || "–"];
    return [term, told];
  }));
}

function buttons(ul, items, act) {
  ul.replaceChildren(...items.map((item) => {
    const line = document.createElement("li");
    const button = line.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = item.label;
    button.addEventListener("click", () => act(item));
    return line;
  }));
}

async function bind(link) {
  list(show("bind").querySelector("dl"), await cloud.whatIsCollected());
  document.getElementById("create").addEventListener("click", attempt(async () => {
    const kind = document.querySelector("[name=kind]:checked").value || undefined;
    const { passkey } = await cloud.bindPasskey(link, { kind });
    history.replaceState(null, "", "/");
    show("signed-out");
    status.textContent = `Your passkey is ready, ${passkey.identity.displayName}.`;
  }));
}

// One passkey answers by itself; of several the person picks.
const choose = (passkeys) => passkeys.length === 1 ? passkeys[0].id : new Promise((resolve) => {
  const items = passkeys.map(({ id, identity }) => ({ id, label: identity.displayName }));
  buttons(show("choose").querySelector("ul"), items, ({ id }) => resolve(id));
});

async function answer(url) {
  try {
    const { redirectUrl } = await cloud.authenticate(url, choose);
    location.replace(redirectUrl);
  } catch (error) {
    if (error.code !== "no_passkey") throw error;
    withCode(url);
  }
}

// For whoever has no passkey here: a code by mail signs in, and its answer brings a way to make one afterwards.
function withCode(url) {
  const [ask, redeem] = [show("code").querySelector("#ask"), document.getElementById("redeem")];
  let next = url;
  submitted(ask, async ({ email }) => {
    next = (await cloud.authenticateOtp(url, email)).url;
    [ask.hidden, redeem.hidden] = [true, false];
    redeem.otp.focus();
  });
  submitted(redeem, async ({ otp }) => {
    const answered = await cloud.redeemOtp(next, otp);
    if (answered.url) {
      next = answered.url;
      throw new Error("That is not the code. Try again.");
    }
    sessionStorage.setItem(OFFER, answered.passkeyBindingToken ?? "");
    location.replace(answered.redirectUrl);
  });
}

function submitted(form, work) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => work(Object.fromEntries(new FormData(form))))();
  });
}

async function welcome() {
  tokens = await oidc.finish(config);
  const person = await oidc.whoAmI(config, tokens);
  const section = show("signed-in");
  document.getElementById("name").textContent = person.name;
  const { acr, amr, auth_time } = oidc.payload(tokens.id_token);
  list(section.querySelector("dl"), { ...person, acr, amr, auth_time: new Date(auth_time * 1000).toLocaleString() });
  await passkeys();
  const token = sessionStorage.getItem(OFFER);
  sessionStorage.removeItem(OFFER);
  if (token) offer(token);
}

function offer(token) {
  const button = document.getElementById("add");
  button.hidden = false;
  button.addEventListener("click", attempt(async () => {
    await cloud.bindPasskey(await cloud.getBindingLink(token));
    button.hidden = true;
    await passkeys();
  }));
}

async function passkeys() {
  const kept = await cloud.getPasskeys();
  const items = kept.map(({ id, keyType, createdAt }) => ({ id, label: `Delete the ${keyType} passkey of ${createdAt.toLocaleDateString()}` }));
  buttons(document.querySelector("#signed-in ul"), items, async ({ id }) => {
    await cloud.deletePasskey(id);
    await passkeys();
  });
}

document.getElementById("sign-in").addEventListener("click", attempt(() => oidc.begin(config)));
document.getElementById("sign-out").addEventListener("click", attempt(async () => {
  await oidc.end(config, tokens);
  tokens = null;
  show("signed-out");
  status.textContent = "You are signed out.";
}));

const here = location.href;
if (cloud.isBindPasskeyUrl(here)) await bind(here).catch(fail);
else if (cloud.isAuthenticateUrl(here)) await answer(here).catch(fail);
else if (location.pathname === "/callback") await welcome().catch(fail);
else show("signed-out");
