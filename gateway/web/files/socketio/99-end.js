  return Object.assign(io, { io, connect: io, Manager, Socket });
});
