-- What a migration makes belongs to the owner, whoever runs it. Until the transaction ends. No parameters.
set local role toilmeter_owner
