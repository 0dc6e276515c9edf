/// The identifier of one operation, which stays the same however often the operation is repeated after crashes.
public typealias OperationID = Identifier<OperationTag>

/// The tag that makes ``OperationID`` a type of its own. It has no values.
public enum OperationTag {}
