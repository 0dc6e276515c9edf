/// Names one attempt to change the world, the same however often the attempt is repeated.
public typealias OperationID = Identifier<OperationTag>

/// What an ``OperationID`` identifies. Has no values.
public enum OperationTag {}
