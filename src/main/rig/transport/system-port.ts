/** What the serial library or the system knows of a port. */
export interface SystemPort {
  path: string;
  manufacturer?: string | undefined;
  serialNumber?: string | undefined;
  vendorId?: string | undefined;
  productId?: string | undefined;
  product?: string | undefined;
  /** Of an adapter with several ports the one that this is. */
  interfaceNumber?: number | undefined;
  socket?: string | undefined;
  /** Windows: "USB\VID_0403&PID_6010&MI_01\…". */
  pnpId?: string | undefined;
  /** Windows' own words for the device. */
  friendlyName?: string | undefined;
  locationId?: string | undefined;
}
