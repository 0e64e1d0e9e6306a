// What an authenticator tells about its browser with every proof: this and nothing else, and the app can show it first.
const BRANDS = [["Edg", "Edge"], ["OPR", "Opera"], ["SamsungBrowser", "Samsung Internet"], ["Firefox", "Firefox"], ["FxiOS", "Firefox"], ["CriOS", "Chrome"], ["Chrome", "Chrome"], ["Version", "Safari"]];
const HINTED = { "Microsoft Edge": "Edge", "Google Chrome": "Chrome", "Opera": "Opera", "Samsung Internet": "Samsung Internet", "Chromium": "Chromium" };
const ABILITIES = ["userVerifyingPlatformAuthenticator", "hybridTransport", "conditionalGet"];

function platformFrom(agent) {
  const ios = agent.match(/(iPhone|iPad).*? OS (\d+(?:[_.]\d+)*)/);
  if (ios) return [ios[1] === "iPad" ? "iPadOS" : "iOS", ios[2].replaceAll("_", ".")];
  const android = agent.match(/Android (\d+(?:\.\d+)*)/);
  if (android) return ["Android", android[1]];
  if (agent.includes("CrOS")) return ["ChromeOS", ""];
  if (agent.includes("Windows")) return ["Windows", ""];
  // Safari and Firefox have said 10.15 since 2020, whatever runs.
  if (agent.includes("Mac OS X")) return navigator.maxTouchPoints > 1 ? ["iPadOS", ""] : ["macOS", ""];
  return agent.includes("Linux") ? ["Linux", ""] : ["", ""];
}

function browserFrom(agent) {
  for (const [mark, name] of BRANDS) {
    const found = agent.match(new RegExp(`${mark}/(\\d+(?:\\.\\d+)?)`));
    if (found) return [name, found[1]];
  }
  return ["", ""];
}

async function device() {
  const hints = navigator.userAgentData;
  if (!hints?.getHighEntropyValues) return { platform: platformFrom(navigator.userAgent), browser: browserFrom(navigator.userAgent) };
  const told = await hints.getHighEntropyValues(["platformVersion", "fullVersionList"]);
  const brand = Object.keys(HINTED).map((name) => told.fullVersionList?.find((each) => each.brand === name)).find(Boolean);
  const parts = (told.platformVersion ?? "").split(".");
  // Windows 11 calls itself 13 and up here (Microsoft, "Detect Windows 11 using User-Agent Client Hints").
  const version = hints.platform === "Windows" ? (Number(parts[0]) >= 13 ? "11" : "10") : parts.slice(0, 2).join(".");
  return {
    platform: [hints.platform === "Chrome OS" ? "ChromeOS" : hints.platform, version],
    browser: brand ? [HINTED[brand.brand], brand.version.split(".").slice(0, 2).join(".")] : browserFrom(navigator.userAgent),
  };
}

async function abilities() {
  try {
    const able = (await PublicKeyCredential.getClientCapabilities?.()) ?? {
      userVerifyingPlatformAuthenticator: await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable(),
      conditionalGet: (await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false,
    };
    return ABILITIES.filter((name) => able[name]);
  } catch {
    return [];
  }
}

function screenClass() {
  const side = Math.min(window.screen.width, window.screen.height);
  return side < 600 ? "small" : side < 1000 ? "medium" : "large";
}

// {platform, os_version, browser, browser_version, language, time_zone, screen, webauthn}.
export async function collect() {
  const { platform, browser } = await device();
  return {
    platform: platform[0],
    os_version: platform[1],
    browser: browser[0],
    browser_version: browser[1],
    language: navigator.language,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? "",
    screen: screenClass(),
    webauthn: await abilities(),
  };
}
