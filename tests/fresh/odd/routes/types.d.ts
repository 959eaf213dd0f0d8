declare const nothing: number;
