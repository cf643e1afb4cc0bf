declare module '@fontsource-variable/inter';
declare module '@fontsource/jetbrains-mono';
