// The part of React Native that the SDK asks for, as an app on a phone would find it.

const CONTEXT = {
  appName: "Shop",
  appVersion: "1.2.3",
  buildNumber: "7",
  bundleId: "com.example.shop",
  locale: "de-AT",
  networkType: "wifi",
  osName: "Android",
  osVersion: "15",
  screenHeight: 2400,
  screenWidth: 1080,
  screenDensity: 2.6,
  timezone: "Europe/Vienna",
  manufacturer: "Example",
  model: "Phone",
  deviceName: "phone",
  deviceId: "device-1",
  deviceType: "android",
};

export const NativeModules = { AnalyticsReactNative: { getContextInfo: async () => CONTEXT } };
export const Platform = { OS: "android", select: (choices) => choices.android ?? choices.default };
export const AppState = { currentState: "active", addEventListener: () => ({ remove() {} }) };
export class NativeEventEmitter {
  addListener() {
    return { remove() {} };
  }
}
