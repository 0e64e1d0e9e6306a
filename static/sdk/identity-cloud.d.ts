/** The Identity Cloud SDK for web apps. Documented in docs/sdk.md. */

export declare const version: string;

export interface Options {
  /** The application's issuer, or its origin alone when the app signs people in to several applications. */
  issuer: string;
  /** false tells nothing about the browser with proofs; policies may then refuse them. Default true. */
  signals?: boolean;
}

export interface CallOptions {
  /** An aborted call rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** webauthn: the device's own authenticator. software: a key of this browser, with a fresh X.509 certificate for each proof.
 *  security_key: any WebAuthn authenticator, a phone or a key on USB as well. */
export type PasskeyKind = "webauthn" | "software" | "security_key";

export interface BindOptions extends CallOptions {
  /** Default: the first of the authenticator's methods that this browser can do. */
  kind?: PasskeyKind;
}

export interface Theme {
  logoUrlLight?: string;
  logoUrlDark?: string;
  supportUrl?: string;
}

export interface Passkey {
  /** Of the key: the RFC 7638 thumbprint. */
  id: string;
  /** Of the server's credential; "" when its answer was lost on the way. */
  passkeyId: string;
  keyType: "webauthn" | "software";
  state: "active";
  tenant: { id: string; displayName: string };
  realm: { id: string; displayName: string };
  identity: { id: string; displayName: string; username: string };
  theme: Theme;
  createdAt: Date;
}

export interface BindPasskeyResponse {
  passkey: Passkey;
  postBindingRedirectUri?: string;
}

export interface AuthenticateResponse {
  /** The redirect URI with code, state and iss: go there. */
  redirectUrl: string;
  message?: string;
  /** After a one-time code: for getBindingLink. */
  passkeyBindingToken?: string;
}

export interface OtpChallengeResponse {
  /** For redeemOtp; a URL of the app, ending in /resume?state=…, so that a reload loses nothing. */
  url: string;
}

export interface AuthenticationContext {
  authUrl: string;
  authMethods: string[];
  application: { id: string; displayName: string };
  origin: { sourceIp?: string; userAgent?: string; geolocation?: string; referer?: string };
  loginHint?: string;
}

export interface Signals {
  platform: string;
  os_version: string;
  browser: string;
  browser_version: string;
  language: string;
  time_zone: string;
  screen: "small" | "medium" | "large";
  webauthn: string[];
  /** Of this SDK. */
  authenticator_version: string;
}

/** A passkey's id (or passkeyId), or a function that is given the passkeys of the realm and picks one. */
export type PasskeyChoice = string | ((passkeys: Passkey[]) => string | undefined | Promise<string | undefined>);

export declare function initialize(options: Options): Promise<IdentityCloud>;

export declare class IdentityCloud {
  static initialize(options: Options): Promise<IdentityCloud>;
  constructor(options: Options);
  whatIsCollected(): Promise<Partial<Signals>>;
  isBindPasskeyUrl(url: string): boolean;
  isAuthenticateUrl(url: string): boolean;
  bindPasskey(url: string, options?: BindOptions): Promise<BindPasskeyResponse>;
  authenticate(url: string, choice?: PasskeyChoice, options?: CallOptions): Promise<AuthenticateResponse>;
  getAuthenticationContext(url: string, options?: CallOptions): Promise<AuthenticationContext>;
  authenticateOtp(url: string, email: string, options?: CallOptions): Promise<OtpChallengeResponse>;
  redeemOtp(url: string, otp: string, options?: CallOptions): Promise<AuthenticateResponse | OtpChallengeResponse>;
  getBindingLink(passkeyBindingToken: string, options?: CallOptions): Promise<string>;
  getPasskeys(): Promise<Passkey[]>;
  deletePasskey(id: string): Promise<void>;
}

export type ErrorCode =
  | "invalid_options" | "not_supported" | "not_able" | "wrong_address"
  | "url_not_recognised" | "foreign_host" | "request_invalid" | "request_expired"
  | "link_unknown" | "link_expired" | "link_used" | "link_revoked"
  | "network" | "server" | "too_many" | "denied" | "one_time_code_needed"
  | "no_passkey" | "choice_needed" | "passkey_unknown" | "already_here" | "cancelled"
  | (string & {});

export declare class IdentityCloudError extends Error {
  constructor(code: ErrorCode, message: string, facts?: { remedy?: string; cause?: unknown; [name: string]: unknown });
  /** To act on. */
  readonly code: ErrorCode;
  /** What whoever builds the app can do about it; not for people. `message` may be shown. */
  readonly remedy: string;
  readonly status?: number;
  readonly correlationId?: string;
  /** Seconds. */
  readonly retryAfter?: number;
}
export declare class UsageError extends IdentityCloudError {}
export declare class UnsupportedError extends IdentityCloudError {}
export declare class LinkError extends IdentityCloudError {}
export declare class NetworkError extends IdentityCloudError {}
export declare class ServerError extends IdentityCloudError {}
export declare class DeniedError extends IdentityCloudError {}
export declare class PasskeyError extends IdentityCloudError {}
export declare class CancelledError extends IdentityCloudError {}
