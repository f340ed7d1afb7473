// What the programs ask of a password (common/account/password.h).
export const SHORTEST = 10; // characters

export const tooShort = (password: string): boolean => [...password.normalize('NFC')].length < SHORTEST;
