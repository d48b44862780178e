/** A plugin that cannot be loaded. */
throw new Error("this bridge is broken");
