  SockethubClient.SockethubError = SockethubError;
  return SockethubClient;
});
