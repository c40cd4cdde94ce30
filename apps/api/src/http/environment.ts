/** What a request carries through the middleware. */
export interface RequestEnvironment {
  Variables: {
    requestId: string;
    /** The name of its key, or its address: whose turn in the queue it takes. */
    client: string;
  };
}
